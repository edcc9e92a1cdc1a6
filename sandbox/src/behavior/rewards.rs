//! Rewards: giving, promising, paying and taking them back.

use serde_json::json;

use super::coupons::{self, Issued};
use super::deliveries;
use crate::call::{ApiResult, Call};
use crate::state::{Action, Incentive, Reward, RewardStatus, Site};
use crate::view::{self, payloads};

/// Gives a person what the campaign of an offer promises for an action, at once.
pub(super) fn give(site: &mut Site, person: u64, offer: u64, action: Action) -> Vec<u64> {
    let promised = promise(site, person, offer, action, None);
    for reward in &promised {
        pay(site, *reward);
    }
    promised
}

/// Makes the rewards that a referral will pay when it is approved.
pub(super) fn promise(site: &mut Site, person: u64, offer: u64, action: Action, referral: Option<u64>) -> Vec<u64> {
    let Some(campaign) = site.offers.get(offer).and_then(|offer| site.campaigns.get(offer.campaign)) else {
        return Vec::new();
    };
    let (campaign, incentives) = (campaign.id, campaign.incentives_for(action));
    let created_at = site.now();
    let mut promised = Vec::new();
    for incentive in incentives {
        if !is_deserved(site, person, campaign, referral, &incentive) {
            continue;
        }
        let status = RewardStatus::Unpaid;
        let make = |id| Reward { id, person, offer, campaign, referral, incentive, status, coupon: None, created_at };
        let id = site.rewards.insert(make).id;
        promised.push(id);
        if let Some(person) = site.people.get_mut(person) {
            person.history.rewards.push(id);
        }
    }
    promised
}

fn is_deserved(site: &Site, person: u64, campaign: u64, referral: Option<u64>, incentive: &Incentive) -> bool {
    let rewards = site.people.get(person).map(|person| person.history.rewards.as_slice()).unwrap_or_default();
    let mut rewards = rewards.iter().filter_map(|id| site.rewards.get(*id));
    let had = rewards.any(|reward| reward.campaign == campaign && reward.incentive.identifier == incentive.identifier);
    let origin = referral.and_then(|id| site.referrals.get(id)).and_then(|referral| site.origins.get(referral.origin));
    let spent = origin.and_then(|origin| origin.subtotal).unwrap_or_default();
    !(incentive.is_once_per_person && had) && incentive.subtotal_min.is_none_or(|least| spent >= least)
}

/// Gives what was promised.
pub(super) fn pay(site: &mut Site, id: u64) {
    let Some(reward) = site.rewards.get(id).filter(|reward| reward.status == RewardStatus::Unpaid).cloned() else {
        return;
    };
    let issued = Issued { owner: Some(reward.person), reward: Some(id), ..Issued::default() };
    let coupon = reward.incentive.is_coupon.then(|| coupons::issue(site, &reward.incentive, true, issued));
    if let Some(reward) = site.rewards.get_mut(id) {
        reward.status = RewardStatus::Paid;
        reward.coupon = coupon;
    }
    deliveries::queue(site, |site| payloads::reward(site, id));
}

/// Takes back what was given, or will never give what was promised.
pub(super) fn void(site: &mut Site, id: u64) {
    let Some(reward) = site.rewards.get_mut(id) else {
        return;
    };
    reward.status = RewardStatus::Voided;
    let coupon = reward.coupon;
    if let Some(coupon) = coupon.and_then(|id| site.coupons.get_mut(id)) {
        coupon.is_revoked = true;
    }
}

/// The rewards of whoever a visitor turned out to be: those that were paid, or others that are asked for.
pub(super) fn of_visitor(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.fields().text("visitor_uuid").unwrap_or_default().to_lowercase();
    let wanted = call.fields().text("status").unwrap_or_else(|| "Paid".to_owned());
    let person = site.visitors.get(&uuid).copied().flatten().and_then(|id| site.people.get(id));
    let ids = person.map(|person| person.history.rewards.as_slice()).unwrap_or_default();
    let rewards = ids.iter().filter_map(|id| site.rewards.get(*id));
    let rewards = rewards.filter(|reward| wanted == "All" || reward.status.name() == wanted);
    Ok(json!({ "rewards": rewards.map(|reward| view::reward(site, reward)).collect::<Vec<_>>() }))
}
