//! Rewards and coupons.

use serde_json::{Value, json};

use super::{campaign, incentive, number, person, time};
use crate::state::{Coupon, Reward, Site, describe_amount};

pub(crate) fn reward(site: &Site, reward: &Reward) -> Value {
    let issued = reward.coupon.and_then(|id| site.coupons.get(id));
    json!({
        "amount": number(reward.incentive.amount),
        "coupon": issued.map(|entry| coupon(site, entry)),
        "coupon_code": issued.map(|entry| entry.code.as_str()),
        "id": reward.id,
        "incentive_custom_description": null,
        "incentive_description": description(reward),
        "incentive_type": reward.incentive.kind(),
        "reason": reward.incentive.action.reason(),
        "status": reward.status.name(),
    })
}

fn description(reward: &Reward) -> String {
    let amount = reward.incentive.description();
    if reward.incentive.is_coupon { format!("{amount} off") } else { format!("{amount} back") }
}

pub(crate) fn coupon(site: &Site, coupon: &Coupon) -> Value {
    let now = site.now();
    json!({
        "active": coupon.is_active(now),
        "amount": number(coupon.amount),
        "code": coupon.code,
        "description": describe_amount(coupon.amount, coupon.is_percentage),
        "expires_at": coupon.expires_at.map(time),
        "id": coupon.id,
        "percentage_discount": coupon.is_single_use.then_some(coupon.is_percentage),
        "single_use": coupon.is_single_use,
        "usages": coupon.is_single_use.then_some(coupon.usages),
        "used": coupon.usages > 0,
        "valid_until": coupon.expires_at.map(time),
    })
}

/// Returns the reward that a coupon pays, with its person and incentive.
pub(crate) fn associated_reward(site: &Site, coupon: &Coupon) -> Option<Value> {
    let reward = site.rewards.get(coupon.reward?)?;
    Some(json!({
        "campaign": campaign(site, site.campaigns.get(reward.campaign)?),
        "created_at": time(reward.created_at),
        "incentive": incentive(&reward.incentive),
        "person": person(site, site.people.get(reward.person)?),
    }))
}
