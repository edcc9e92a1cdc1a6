//! Full and partial refunds.

use rust_decimal::Decimal;
use serde_json::json;

use super::{origins, referrals, time_field};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{ReferralStatus, Site};
use crate::view;

/// Marks an origin as refunded. If the refund is full, voids the origin's referral.
pub(super) fn refund(site: &mut Site, call: &Call) -> ApiResult {
    let data = call.data();
    let amount = data.decimal("refund_subtotal")?;
    let id = origins::named(site, call)?;
    let refunded_at = time_field(site, data, "refunded_at").unwrap_or_else(|| site.now());
    let origin = &mut site.origins[id];
    if origin.refunded_at.is_some() {
        return Err(ApiError::bad_request("Origin has already been refunded"));
    }
    let subtotal = origin.subtotal.unwrap_or_default();
    let amount = amount.unwrap_or(subtotal);
    if amount < Decimal::ZERO || amount > subtotal {
        return Err(ApiError::invalid("Refund subtotal must be between 0 and the subtotal"));
    }
    (origin.refunded_at, origin.refund_subtotal) = (Some(refunded_at), Some(amount));
    if let Some(referral) = origin.referral.filter(|_| !origin.is_partially_refunded()) {
        referrals::void(site, referral, ReferralStatus::Voided);
    }
    Ok(json!({ "origin": view::origin(&site.origins[id]) }))
}
