//! Referrals.

use serde_json::{Value, json};

use super::{number, reward, time};
use crate::state::{Fraud, Referral, RewardStatus, Site};

pub(crate) fn referral(site: &Site, referral: &Referral) -> Value {
    let origin = site.origins.get(referral.origin);
    let rewards_of = |person: u64| -> Vec<Value> {
        let rewards = referral.rewards.iter().filter_map(|id| site.rewards.get(*id));
        rewards.filter(|entry| entry.person == person).map(|entry| reward(site, entry)).collect()
    };
    let is_rewarded = referral
        .rewards
        .iter()
        .filter_map(|id| site.rewards.get(*id))
        .any(|reward| reward.person == referral.advocate && reward.status == RewardStatus::Paid);
    let is_own = referral.fraud.blocked.contains(&Fraud::SAME_PERSON);
    json!({
        "ad_rewarded": is_rewarded,
        "advocate_person": person(site, referral.advocate),
        "advocate_rewards": rewards_of(referral.advocate),
        "campaign_id": referral.campaign,
        "created_at": time(referral.created_at),
        "fraud_details": is_own.then_some("Self Referral"),
        "fraud_policies_status": {
            "blocked": referral.fraud.blocked,
            "flagged": referral.fraud.flagged,
            "passed": referral.fraud.passed,
            "skipped": referral.fraud.skipped,
        },
        "friend_person": person(site, referral.friend),
        "friend_rewards": if referral.friend == referral.advocate { Vec::new() } else { rewards_of(referral.friend) },
        "id": referral.id,
        "offer_id": referral.offer,
        "qa_generated": false,
        "referred_origin_id": referral.origin,
        "referred_subtotal": origin.and_then(|origin| origin.subtotal).map_or(Value::Null, number),
        "status": referral.status.name(),
        "track_method": referral.track_method,
        "updated_at": time(referral.updated_at),
    })
}

fn person(site: &Site, id: u64) -> Option<Value> {
    site.people.get(id).map(|person| {
        json!({
            "email": person.email,
            "first_name": person.first_name,
            "id": person.id,
            "last_name": person.last_name,
            "phone_number": person.phone_number,
        })
    })
}
