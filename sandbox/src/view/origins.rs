//! The JSON representation of origins.

use serde_json::{Value, json};

use super::{number, time, with};
use crate::state::{Origin, OriginKind};

pub(crate) fn origin(origin: &Origin) -> Value {
    let view = common(origin);
    let named = match origin.kind {
        OriginKind::AffiliateMember => return view,
        OriginKind::Purchase => json!({ "order_number": origin.number }),
        OriginKind::Event => json!({ "event_category": origin.event_category, "event_number": origin.number }),
    };
    let sale = json!({
        "coupon_code": origin.coupon_codes.join(","),
        "order_date": time(origin.created_at),
        "partially_refunded": origin.is_partially_refunded(),
        "refund_subtotal": origin.refund_subtotal.map(number),
        "refunded_at": origin.refunded_at.map(time),
        "subtotal": origin.subtotal.map(number),
    });
    with(with(view, named), sale)
}

/// Returns the JSON members common to all origins, both in responses and in webhook payloads.
pub(super) fn common(origin: &Origin) -> Value {
    let mut view = json!({
        "customer_id": origin.customer_id,
        "email": origin.email,
        "id": origin.id,
        "ip_address": origin.ip_address,
        "type": origin.kind.name(),
    });
    for name in Origin::TRACKING {
        view[name] = json!(origin.tracking.get(name));
    }
    view
}
