//! Origins.

use serde_json::{Value, json};

use super::{number, time};
use crate::state::{Origin, OriginKind};

pub(crate) fn origin(origin: &Origin) -> Value {
    let [segment1, segment2, segment3] = &origin.segments;
    let mut view = json!({
        "customer_id": origin.customer_id,
        "email": origin.email,
        "id": origin.id,
        "ip_address": origin.ip_address,
        "segment1": segment1,
        "segment2": segment2,
        "segment3": segment3,
        "type": origin.kind.name(),
        "utm_campaign": origin.utm.campaign,
        "utm_content": origin.utm.content,
        "utm_medium": origin.utm.medium,
        "utm_source": origin.utm.source,
        "utm_term": origin.utm.term,
    });
    match origin.kind {
        OriginKind::AffiliateMember => return view,
        OriginKind::Purchase => view["order_number"] = json!(origin.number),
        OriginKind::Event => {
            view["event_category"] = json!(origin.event_category);
            view["event_number"] = json!(origin.number);
        }
    }
    view["coupon_code"] = origin.coupon_codes.join(",").into();
    view["order_date"] = time(origin.created_at).into();
    view["partially_refunded"] = origin.is_partially_refunded().into();
    view["refund_subtotal"] = origin.refund_subtotal.map_or(Value::Null, number);
    view["refunded_at"] = json!(origin.refunded_at.map(time));
    view["subtotal"] = origin.subtotal.map_or(Value::Null, number);
    view
}
