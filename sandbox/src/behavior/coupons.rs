//! Coupons: issuing and finding them.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::deliveries;
use crate::call::{ApiResult, Call};
use crate::state::{Coupon, Incentive, Site};
use crate::view::{self, payloads};

/// Issues a coupon with a new code. Its amount and validity period are those of the incentive.
pub(super) fn issue(site: &mut Site, incentive: &Incentive, coupon: Coupon) -> u64 {
    let valid_for = incentive.valid_for.and_then(|time| TimeDelta::from_std(time).ok());
    let expires_at = valid_for.and_then(|time| site.now().checked_add_signed(time));
    let (amount, is_percentage, code) = (incentive.amount, incentive.is_percentage, free_code(site));
    let id = site.coupons.insert(|id| Coupon { id, code: code.clone(), amount, is_percentage, expires_at, ..coupon });
    site.coupons_by_code.insert(code, id);
    deliveries::queue(site, |site| payloads::create_coupon(site, id));
    id
}

/// Issues an offer's shared coupon, which all friends can use.
pub(super) fn share(site: &mut Site, offer: u64) {
    let campaign = &site.campaigns[site.offers[offer].campaign];
    let incentive = campaign.incentives.iter().find(|incentive| incentive.action.is_for_friend()).cloned();
    if let Some(incentive) = incentive {
        let id = issue(site, &incentive, Coupon { offer: Some(offer), ..Coupon::default() });
        site.offers[offer].coupon_code = Some(site.coupons[id].code.clone());
    }
}

/// Generates codes of eight characters until one is unused.
fn free_code(site: &mut Site) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    loop {
        let letters: String = (0..8).filter_map(|_| site.random.choice(LETTERS).copied()).map(char::from).collect();
        let code = format!("TK-{letters}");
        if !site.coupons_by_code.contains_key(&code) {
            return code;
        }
    }
}

/// Finds a coupon by its code, ignoring case.
pub(super) fn with_code<'a>(site: &'a Site, code: &str) -> Option<&'a Coupon> {
    Some(&site.coupons[*site.coupons_by_code.get(&code.to_uppercase())?])
}

/// Returns the offer that a coupon belongs to, directly or through a claim.
pub(super) fn offer_of(site: &Site, coupon: &Coupon) -> Option<u64> {
    coupon.offer.or_else(|| Some(site.claims[coupon.claim?].offer))
}

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    let Some(coupon) = with_code(site, call.path("code")) else {
        return Ok(json!({ "talkable_coupon": false }));
    };
    Ok(json!({
        "talkable_coupon": true,
        "coupon": view::coupon(site, coupon),
        "associated_reward": view::associated_reward(site, coupon),
    }))
}

pub(super) fn check_permission(site: &mut Site, call: &Call) -> ApiResult {
    let Some(coupon) = with_code(site, call.path("code")) else {
        return Ok(json!({ "allowed": true, "talkable_coupon": false }));
    };
    let person = site.person(call.path("person_slug")).map(|person| person.id);
    let now = site.now();
    let is_active = |offer: u64| site.campaigns[site.offers[offer].campaign].is_active(now);
    let checks = [
        ("coupon_unissued", !coupon.is_issued(), "This coupon code has not been issued yet"),
        (
            "different_owner",
            coupon.owner.is_some_and(|owner| person != Some(owner)),
            "This coupon code has been issued to another email address",
        ),
        ("coupon_expired", !coupon.is_active(now), "This coupon code has expired"),
        (
            "friend_offer_expired",
            offer_of(site, coupon).is_some_and(|offer| !is_active(offer)),
            "The offer of this coupon code has expired",
        ),
        ("coupon_used", coupon.is_used_up(), "This coupon code has already been used"),
    ];
    let error = checks.iter().find(|(_, found, _)| *found).map(|(_, _, message)| *message);
    Ok(json!({
        "allowed": error.is_none(),
        "error_message": error,
        "checks": checks.iter().map(|(name, found, _)| ((*name).to_owned(), (*found).into())).collect::<Map<_, Value>>(),
        "talkable_coupon": true,
        "coupon": view::coupon(site, coupon),
        "associated_reward": view::associated_reward(site, coupon),
    }))
}
