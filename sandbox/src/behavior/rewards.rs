//! Rewards: creating, paying and voiding them.

use serde_json::json;

use super::{coupons, deliveries};
use crate::call::{ApiResult, Call};
use crate::state::{Coupon, Incentive, Reward, RewardStatus, RewardedAction, Site};
use crate::view::{self, payloads};

/// Creates and pays the rewards for an action.
pub(super) fn give(site: &mut Site, person: u64, offer: u64, action: RewardedAction) -> Vec<u64> {
    let rewards = promise(site, person, offer, action, None);
    for reward in &rewards {
        pay(site, *reward);
    }
    rewards
}

/// Creates unpaid rewards for an action, from the incentives of the offer's campaign.
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
        site.people[person].history.rewards.push(id);
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

/// Pays a reward if it is unpaid.
pub(super) fn pay(site: &mut Site, id: u64) {
    if site.rewards[id].status != RewardStatus::Unpaid {
        return;
    }
    let (owner, incentive) = (site.rewards[id].person, site.rewards[id].incentive.clone());
    if incentive.is_coupon {
        let coupon = Coupon { owner: Some(owner), reward: Some(id), is_single_use: true, ..Coupon::default() };
        site.rewards[id].coupon = Some(coupons::issue(site, &incentive, coupon));
    }
    site.rewards[id].status = RewardStatus::Paid;
    deliveries::queue(site, |site| payloads::reward(site, id));
}

/// Voids a reward and revokes its coupon.
pub(super) fn void(site: &mut Site, id: u64) {
    let reward = &mut site.rewards[id];
    reward.status = RewardStatus::Voided;
    if let Some(coupon) = reward.coupon {
        site.coupons[coupon].is_revoked = true;
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
