//! Rewards and coupons: creating, paying and voiding rewards, and issuing and finding coupons.

use chrono::TimeDelta;
use serde_json::{Map, json};

use super::deliveries;
use crate::call::{ApiResult, Call};
use crate::state::{Coupon, Incentive, Reward, RewardStatus, RewardedAction, Site};
use crate::view::{self, payloads};

/// Creates and pays the rewards for an action. Returns their ids.
pub(super) fn give(site: &mut Site, person: u64, offer: u64, action: RewardedAction) -> Vec<u64> {
    let rewards = promise(site, person, offer, action, None);
    for reward in &rewards {
        pay(site, *reward);
    }
    rewards
}

/// Creates unpaid rewards for an action, from the incentives of the offer's campaign. Returns the rewards' ids.
pub(super) fn promise(
    site: &mut Site,
    person: u64,
    offer: u64,
    action: RewardedAction,
    referral: Option<u64>,
) -> Vec<u64> {
    let (campaign, created_at) = (site.offers[offer].campaign, site.now());
    let mut promised = Vec::new();
    for incentive in site.campaigns[campaign].incentives_for(action) {
        if !is_due(site, person, campaign, referral, &incentive) {
            continue;
        }
        let status = RewardStatus::Unpaid;
        let build = |id| Reward { id, person, offer, campaign, referral, incentive, status, coupon: None, created_at };
        let id = site.rewards.insert(build);
        promised.push(id);
        site.people.edit(person).history.rewards.push(id);
    }
    promised
}

/// Returns whether an incentive's conditions are met.
fn is_due(site: &Site, person: u64, campaign: u64, referral: Option<u64>, incentive: &Incentive) -> bool {
    let mut rewards = site.rewards.select(&site.people[person].history.rewards);
    let has_one =
        rewards.any(|reward| reward.campaign == campaign && reward.incentive.identifier == incentive.identifier);
    let subtotal = referral.and_then(|id| site.origins[site.referrals[id].origin].subtotal).unwrap_or_default();
    !(incentive.is_once_per_person && has_one) && incentive.subtotal_min.is_none_or(|min| subtotal >= min)
}

pub(super) fn pay(site: &mut Site, id: u64) {
    if site.rewards[id].status != RewardStatus::Unpaid {
        return;
    }
    let (owner, incentive) = (site.rewards[id].person, site.rewards[id].incentive.clone());
    if incentive.is_coupon {
        let coupon = Coupon { owner: Some(owner), reward: Some(id), is_single_use: true, ..Coupon::default() };
        let coupon = issue_coupon(site, &incentive, coupon);
        site.rewards.edit(id).coupon = Some(coupon);
    }
    site.rewards.edit(id).status = RewardStatus::Paid;
    deliveries::queue(site, "reward_web_hook", |site| payloads::reward(site, id));
}

pub(super) fn void(site: &mut Site, id: u64) {
    let mut reward = site.rewards.edit(id);
    reward.status = RewardStatus::Voided;
    if let Some(coupon) = reward.coupon {
        site.coupons.edit(coupon).is_revoked = true;
    }
}

/// Lists the rewards of the person associated with a visitor. By default, only paid rewards are listed.
pub(super) fn of_visitor(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.fields().text("visitor_uuid").unwrap_or_default().to_lowercase();
    let status = call.fields().text("status").unwrap_or_else(|| "Paid".to_owned());
    let person = site.visitors.get(&uuid).copied().flatten().map(|id| &site.people[id]);
    let rewards = person.into_iter().flat_map(|person| site.rewards.select(&person.history.rewards));
    let rewards = rewards.filter(|reward| status == "All" || reward.status.name() == status);
    Ok(json!({ "rewards": view::list(site, rewards, view::reward) }))
}

/// Issues a coupon with a new code. Its amount and validity period are those of the incentive.
pub(super) fn issue_coupon(site: &mut Site, incentive: &Incentive, coupon: Coupon) -> u64 {
    let valid_for = incentive.valid_for.and_then(|time| TimeDelta::from_std(time).ok());
    let expires_at = valid_for.and_then(|time| site.now().checked_add_signed(time));
    let (amount, is_percentage, code) = (incentive.amount, incentive.is_percentage, free_coupon_code(site));
    let id = site.coupons.insert(|id| Coupon { id, code: code.clone(), amount, is_percentage, expires_at, ..coupon });
    site.coupons_by_code.insert(code, id);
    deliveries::queue(site, "create_coupon_web_hook", |site| payloads::create_coupon(site, id));
    id
}

/// Issues an offer's shared coupon, which all friends can use.
pub(super) fn share_coupon(site: &mut Site, offer: u64) {
    let campaign = &site.campaigns[site.offers[offer].campaign];
    let incentive = campaign.incentives.iter().find(|incentive| incentive.action.is_for_friend()).cloned();
    if let Some(incentive) = incentive {
        let id = issue_coupon(site, &incentive, Coupon { offer: Some(offer), ..Coupon::default() });
        site.offers.edit(offer).coupon_code = Some(site.coupons[id].code.clone());
    }
}

fn free_coupon_code(site: &mut Site) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    loop {
        let letters = (0..8).filter_map(|_| site.random.choice(LETTERS).copied()).map(char::from);
        let code = format!("TK-{}", letters.collect::<String>());
        if !site.coupons_by_code.contains_key(&code) {
            return code;
        }
    }
}

/// Finds a coupon by its code, ignoring case.
pub(super) fn coupon_with_code<'a>(site: &'a Site, code: &str) -> Option<&'a Coupon> {
    Some(&site.coupons[*site.coupons_by_code.get(&code.to_uppercase())?])
}

/// Returns the id of the offer that a coupon belongs to, directly or through a claim, if there is one.
pub(super) fn offer_of(site: &Site, coupon: &Coupon) -> Option<u64> {
    coupon.offer.or_else(|| Some(site.claims[coupon.claim?].offer))
}

pub(super) fn find_coupon(site: &mut Site, call: &Call) -> ApiResult {
    let Some(coupon) = coupon_with_code(site, call.path("code")) else {
        return Ok(json!({ "talkable_coupon": false }));
    };
    Ok(json!({
        "talkable_coupon": true,
        "coupon": view::coupon(site, coupon),
        "associated_reward": view::associated_reward(site, coupon),
    }))
}

pub(super) fn check_permission(site: &mut Site, call: &Call) -> ApiResult {
    let Some(coupon) = coupon_with_code(site, call.path("code")) else {
        return Ok(json!({ "allowed": true, "talkable_coupon": false }));
    };
    let person = site.person(call.path("person_slug")).map(|person| person.id);
    let now = site.now();
    let is_active = |offer: u64| site.campaigns[site.offers[offer].campaign].is_active(now);
    let is_others = coupon.owner.is_some_and(|owner| person != Some(owner));
    let is_offer_over = offer_of(site, coupon).is_some_and(|offer| !is_active(offer));
    let checks = [
        ("coupon_unissued", !coupon.is_issued(), "This coupon code has not been issued yet"),
        ("different_owner", is_others, "This coupon code has been issued to another email address"),
        ("coupon_expired", !coupon.is_active(now), "This coupon code has expired"),
        ("friend_offer_expired", is_offer_over, "The offer of this coupon code has expired"),
        ("coupon_used", coupon.is_used_up(), "This coupon code has already been used"),
    ];
    let error = checks.iter().find(|(_, found, _)| *found).map(|(_, _, message)| *message);
    let checks: Map<_, _> = checks.iter().map(|(name, found, _)| ((*name).to_owned(), (*found).into())).collect();
    let result = json!({ "allowed": error.is_none(), "error_message": error, "checks": checks });
    Ok(view::with(result, find_coupon(site, call)?))
}
