//! The JSON representation of referrals.

use serde_json::{Value, json};

use super::{list, number, reward, time};
use crate::state::{Referral, RewardStatus, SAME_PERSON, Site};

pub(crate) fn referral(site: &Site, referral: &Referral) -> Value {
    let rewards_of = |person| site.rewards.select(&referral.rewards).filter(move |reward| reward.person == person);
    let is_rewarded = rewards_of(referral.advocate).any(|reward| reward.status == RewardStatus::Paid);
    let friend_rewards = rewards_of(referral.friend).filter(|_| referral.friend != referral.advocate);
    let is_own = referral.fraud.blocked.contains(&SAME_PERSON);
    json!({
        "ad_rewarded": is_rewarded,
        "advocate_person": person(site, referral.advocate),
        "advocate_rewards": list(site, rewards_of(referral.advocate), reward),
        "campaign_id": referral.campaign,
        "created_at": time(referral.created_at),
        "fraud_details": is_own.then_some("Self Referral"),
        "fraud_policies_status": referral.fraud,
        "friend_person": person(site, referral.friend),
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

fn person(site: &Site, id: u64) -> Value {
    let person = &site.people[id];
    json!({
        "email": person.email,
        "first_name": person.first_name,
        "id": person.id,
        "last_name": person.last_name,
        "phone_number": person.phone_number,
    })
}
