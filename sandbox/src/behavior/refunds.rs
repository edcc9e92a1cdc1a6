//! Refunds: of all that was paid, or of a part.

use rust_decimal::Decimal;
use serde_json::json;

use super::referrals;
use crate::answer::{Outcome, Refusal};
use crate::call::Call;
use crate::state::{ReferralStatus, Site};
use crate::validation::moment;
use crate::view;

/// Marks an origin as refunded. If all of it was, its referral counts no longer.
pub(super) fn refund(site: &mut Site, call: &Call) -> Outcome {
    let (zone, now, data) = (site.zone, site.now(), call.data());
    let asked = data.decimal("refund_subtotal")?;
    let id = site.origins_by_slug.get(call.path("origin_slug")).copied();
    let origin = id.and_then(|id| site.origins.get_mut(id));
    let origin = origin.ok_or_else(|| Refusal::bad_request("No origin found by `origin_slug`."))?;
    if origin.refunded_at.is_some() {
        return Err(Refusal::bad_request("Origin has already been refunded"));
    }
    let subtotal = origin.subtotal.unwrap_or_default();
    let amount = asked.unwrap_or(subtotal);
    if amount < Decimal::ZERO || amount > subtotal {
        return Err(Refusal::invalid("Refund subtotal must be between 0 and the subtotal"));
    }
    let given = data.text("refunded_at").and_then(|text| moment(&text, zone));
    origin.refunded_at = Some(given.map_or(now, |time| time.with_timezone(&zone)));
    origin.refund_subtotal = Some(amount);
    let (is_partial, referral, refunded) = (origin.is_partially_refunded(), origin.referral, origin.clone());
    if let (false, Some(referral)) = (is_partial, referral) {
        referrals::refuse(site, referral, ReferralStatus::Voided);
    }
    Ok(json!({ "origin": view::origin(&refunded) }))
}
