//! Full and partial refunds.

use rust_decimal::Decimal;
use serde_json::json;

use super::referrals;
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{ReferralStatus, Site};
use crate::validation::parse_time;
use crate::view;

/// Marks an origin as refunded. A full refund voids its referral.
pub(super) fn refund(site: &mut Site, call: &Call) -> ApiResult {
    let (utc_offset, now, data) = (site.utc_offset, site.now(), call.data());
    let requested = data.decimal("refund_subtotal")?;
    let id = site.origins_by_slug.get(call.path("origin_slug")).copied();
    let origin = id.and_then(|id| site.origins.get_mut(id));
    let origin = origin.ok_or_else(|| ApiError::bad_request("No origin found by `origin_slug`."))?;
    if origin.refunded_at.is_some() {
        return Err(ApiError::bad_request("Origin has already been refunded"));
    }
    let subtotal = origin.subtotal.unwrap_or_default();
    let amount = requested.unwrap_or(subtotal);
    if amount < Decimal::ZERO || amount > subtotal {
        return Err(ApiError::invalid("Refund subtotal must be between 0 and the subtotal"));
    }
    let given = data.text("refunded_at").and_then(|text| parse_time(&text, utc_offset));
    origin.refunded_at = Some(given.map_or(now, |time| time.with_timezone(&utc_offset)));
    origin.refund_subtotal = Some(amount);
    let (is_partial, referral, refunded) = (origin.is_partially_refunded(), origin.referral, origin.clone());
    if let (false, Some(referral)) = (is_partial, referral) {
        referrals::void(site, referral, ReferralStatus::Voided);
    }
    Ok(json!({ "origin": view::origin(&refunded) }))
}
