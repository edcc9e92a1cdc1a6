//! The JSON representation of origins, referrals, rewards and coupons.

use serde_json::{Value, json};

use super::{campaign, incentive, list, number, time, with};
use crate::state::{
    Coupon, FraudCheck, Origin, OriginKind, Referral, Reward, RewardStatus, RewardedAction, Site, describe_amount,
};

pub(crate) fn origin(origin: &Origin) -> Value {
    let view = common_origin(origin);
    let named = match origin.kind {
        OriginKind::AffiliateMember => return view,
        OriginKind::Purchase => json!({ "order_number": origin.number }),
        OriginKind::Event => json!({ "event_category": origin.event_category, "event_number": origin.number }),
    };
    let sale = json!({
        "coupon_code": origin.coupon_codes.join(","),
        "order_date": time(origin.created_at),
        "partially_refunded": origin.is_partially_refunded(),
        "refund_subtotal": origin.refund_subtotal.map(number),
        "refunded_at": origin.refunded_at.map(time),
        "subtotal": origin.subtotal.map(number),
    });
    with(with(view, named), sale)
}

/// Returns the JSON members common to all origins, both in responses and in webhook payloads.
pub(super) fn common_origin(origin: &Origin) -> Value {
    let mut view = json!({
        "customer_id": origin.customer_id,
        "email": origin.email,
        "id": origin.id,
        "ip_address": origin.ip_address,
        "type": origin.kind.name(),
    });
    for name in Origin::TRACKING {
        view[name] = json!(origin.tracking.get(name));
    }
    view
}

pub(crate) fn referral(site: &Site, referral: &Referral) -> Value {
    let rewards_of = |person| site.rewards.select(&referral.rewards).filter(move |reward| reward.person == person);
    let is_rewarded = rewards_of(referral.advocate).any(|reward| reward.status == RewardStatus::Paid);
    let friend_rewards = rewards_of(referral.friend).filter(|_| referral.friend != referral.advocate);
    let is_own = referral.fraud.blocked.contains(&FraudCheck::SamePerson);
    json!({
        "ad_rewarded": is_rewarded,
        "advocate_person": party(site, referral.advocate),
        "advocate_rewards": list(site, rewards_of(referral.advocate), reward),
        "campaign_id": referral.campaign,
        "created_at": time(referral.created_at),
        "fraud_details": is_own.then_some("Self Referral"),
        "fraud_policies_status": referral.fraud,
        "friend_person": party(site, referral.friend),
        "friend_rewards": list(site, friend_rewards, reward),
        "id": referral.id,
        "offer_id": referral.offer,
        "qa_generated": false,
        "referred_origin_id": referral.origin,
        "referred_subtotal": site.origins[referral.origin].subtotal.map(number),
        "status": referral.status.name(),
        "track_method": referral.track_method,
        "updated_at": time(referral.updated_at),
    })
}

fn party(site: &Site, id: u64) -> Value {
    let person = &site.people[id];
    json!({
        "email": person.email,
        "first_name": person.first_name,
        "id": person.id,
        "last_name": person.last_name,
        "phone_number": person.phone_number,
    })
}

pub(crate) fn reward(site: &Site, reward: &Reward) -> Value {
    let issued = reward.coupon.map(|id| &site.coupons[id]);
    let action = reward.incentive.action;
    let direction = if reward.incentive.is_coupon { "off" } else { "back" };
    json!({
        "amount": number(reward.incentive.amount),
        "coupon": issued.map(|entry| coupon(site, entry)),
        "coupon_code": issued.map(|entry| entry.code.as_str()),
        "id": reward.id,
        "incentive_custom_description": null,
        "incentive_description": format!("{} {direction}", reward.incentive.description()),
        "incentive_type": reward.incentive.kind(),
        "reason": if action == RewardedAction::Sharing { "shared" } else { action.name() },
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

/// Returns the reward paid with a coupon, including the reward's person and incentive. Returns `None` if the coupon does not
/// belong to a reward.
pub(crate) fn associated_reward(site: &Site, coupon: &Coupon) -> Option<Value> {
    let reward = &site.rewards[coupon.reward?];
    Some(json!({
        "campaign": campaign(site, &site.campaigns[reward.campaign]),
        "created_at": time(reward.created_at),
        "incentive": incentive(&reward.incentive),
        "person": super::person(site, &site.people[reward.person]),
    }))
}
