//! The JSON representation of rewards and coupons.

use serde_json::{Value, json};

use super::{campaign, incentive, number, person, time};
use crate::state::{Coupon, Reward, Site, describe_amount};

pub(crate) fn reward(site: &Site, reward: &Reward) -> Value {
    let issued = reward.coupon.map(|id| &site.coupons[id]);
    let direction = if reward.incentive.is_coupon { "off" } else { "back" };
    json!({
        "amount": number(reward.incentive.amount),
        "coupon": issued.map(|entry| coupon(site, entry)),
        "coupon_code": issued.map(|entry| entry.code.as_str()),
        "id": reward.id,
        "incentive_custom_description": null,
        "incentive_description": format!("{} {direction}", reward.incentive.description()),
        "incentive_type": reward.incentive.kind(),
        "reason": reward.incentive.action.reason(),
        "status": reward.status.name(),
    })
}

pub(crate) fn coupon(site: &Site, coupon: &Coupon) -> Value {
    json!({
        "active": coupon.is_active(site.now()),
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

/// Returns the reward paid with a coupon, including the reward's person and incentive.
pub(crate) fn associated_reward(site: &Site, coupon: &Coupon) -> Option<Value> {
    let reward = &site.rewards[coupon.reward?];
    Some(json!({
        "campaign": campaign(site, &site.campaigns[reward.campaign]),
        "created_at": time(reward.created_at),
        "incentive": incentive(&reward.incentive),
        "person": person(site, &site.people[reward.person]),
    }))
}
