//! Coupons: issuing, finding, using and withdrawing them.

use serde_json::json;

use super::deliveries;
use crate::call::{ApiResult, Call};
use crate::state::{Coupon, Incentive, Site};
use crate::view::{self, payloads};

/// Who or what a coupon is for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Issued {
    pub(super) owner: Option<u64>,
    pub(super) reward: Option<u64>,
    pub(super) offer: Option<u64>,
    pub(super) claim: Option<u64>,
}

/// Makes a coupon for what an incentive promises.
pub(super) fn issue(site: &mut Site, incentive: &Incentive, is_single_use: bool, issued: Issued) -> u64 {
    let now = site.now();
    let lasting = incentive.valid_for.and_then(|time| chrono::TimeDelta::from_std(time).ok());
    let expires_at = lasting.and_then(|time| now.checked_add_signed(time));
    let code = free_code(site);
    let coupon = site.coupons.insert(|id| Coupon {
        id,
        code: code.clone(),
        amount: incentive.amount,
        is_percentage: incentive.is_percentage,
        is_single_use,
        usages: 0,
        expires_at,
        is_revoked: false,
        owner: issued.owner,
        reward: issued.reward,
        offer: issued.offer,
        claim: issued.claim,
    });
    let id = coupon.id;
    site.coupons_by_code.insert(code, id);
    deliveries::queue(site, |site| payloads::create_coupon(site, id));
    id
}

/// Gives an offer the code that its friends can use.
pub(super) fn share(site: &mut Site, offer: u64) {
    let Some(campaign) = site.offers.get(offer).and_then(|offer| site.campaigns.get(offer.campaign)) else {
        return;
    };
    let Some(incentive) = campaign.incentives.iter().find(|incentive| incentive.action.is_for_friend()).cloned() else {
        return;
    };
    let id = issue(site, &incentive, false, Issued { offer: Some(offer), ..Issued::default() });
    let code = site.coupons.get(id).map(|coupon| coupon.code.clone());
    if let Some(offer) = site.offers.get_mut(offer) {
        offer.coupon_code = code;
    }
}

fn free_code(site: &mut Site) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    loop {
        let letters = std::iter::repeat_with(|| char::from(*site.random.choice(LETTERS).unwrap_or(&b'A')));
        let code = format!("TK-{}", letters.take(8).collect::<String>());
        if !site.coupons_by_code.contains_key(&code) {
            return code;
        }
    }
}

/// Upper and lower case are the same.
pub(super) fn with_code<'a>(site: &'a Site, code: &str) -> Option<&'a Coupon> {
    site.coupons.get(*site.coupons_by_code.get(&code.to_uppercase())?)
}

/// Counts that the codes were used.
pub(super) fn use_codes(site: &mut Site, codes: &[String]) {
    for code in codes {
        let Some(id) = with_code(site, code).map(|coupon| coupon.id) else {
            continue;
        };
        if let Some(coupon) = site.coupons.get_mut(id) {
            coupon.usages += 1;
        }
    }
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
    let (now, is_issued) = (site.now(), coupon.is_issued());
    let claim = coupon.claim.and_then(|id| site.claims.get(id));
    let offer = coupon.offer.or_else(|| claim.map(|claim| claim.offer)).and_then(|id| site.offers.get(id));
    let campaign = offer.and_then(|offer| site.campaigns.get(offer.campaign));
    let has_offer_expired = campaign.is_some_and(|campaign| !campaign.is_active(now));
    let is_others = coupon.owner.is_some_and(|owner| person != Some(owner));
    let findings = [
        (!is_issued, "This coupon code has not been issued yet"),
        (is_others, "This coupon code has been issued to another email address"),
        (!coupon.is_active(now), "This coupon code has expired"),
        (has_offer_expired, "The offer of this coupon code has expired"),
        (coupon.is_used_up(), "This coupon code has already been used"),
    ];
    let error = findings.iter().find(|(found, _)| *found).map(|(_, words)| *words);
    Ok(json!({
        "allowed": error.is_none(),
        "error_message": error,
        "checks": {
            "coupon_unissued": !is_issued,
            "coupon_expired": !coupon.is_active(now),
            "friend_offer_expired": has_offer_expired,
            "different_owner": is_others,
            "coupon_used": coupon.is_used_up(),
        },
        "talkable_coupon": true,
        "coupon": view::coupon(site, coupon),
        "associated_reward": view::associated_reward(site, coupon),
    }))
}
