//! Referrals: recognizing friends, and changing the status of a referral.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{deliveries, fraud, origins, rewards};
use crate::call::{ApiError, ApiResult, Call, require};
use crate::state::{AfterDelivery, Job, Referral, ReferralStatus, RewardStatus, RewardedAction, Site, TrackMethod};
use crate::view::{self, payloads};

/// Creates a referral if the origin belongs to a friend.
pub(super) fn refer(site: &mut Site, origin: u64) {
    let Some((offer, claim, track_method)) = track(site, origin) else {
        return;
    };
    let (campaign, advocate) = (site.offers[offer].campaign, site.offers[offer].person);
    let (friend, now) = (site.origins[origin].person, site.now());
    let (fraud, status) = fraud::examine(site, advocate, origin);
    let id = site.referrals.insert(|id| Referral {
        id,
        status,
        track_method,
        offer,
        campaign,
        advocate,
        friend,
        origin,
        claim,
        fraud,
        created_at: now,
        updated_at: now,
        rewards: Vec::new(),
    });
    site.origins.edit(origin).referral = Some(id);
    if let Some(claim) = claim {
        site.claims.edit(claim).referral = Some(id);
    }
    site.people.edit(advocate).history.referrals_as_advocate.push(id);
    site.people.edit(friend).history.referrals_as_friend.push(id);
    if status != ReferralStatus::Blocked {
        promise_rewards(site, id);
    }
    let delay = site.campaigns[campaign].approves_after.and_then(|delay| TimeDelta::from_std(delay).ok());
    if let Some(due) = delay.and_then(|delay| now.checked_add_signed(delay)) {
        site.jobs.add(due, Job::Approve { referral: id });
    }
}

/// Recognizes a friend by coupon, browser or e-mail address. Returns the id of the offer, the id of the claim if
/// known, and how the friend was recognized. Returns `None` if the person is not recognized as a friend.
fn track(site: &Site, origin: u64) -> Option<(u64, Option<u64>, TrackMethod)> {
    let origin = &site.origins[origin];
    let now = site.now();
    let usable = origin.coupon_codes.iter().filter_map(|code| rewards::coupon_with_code(site, code));
    let mut usable = usable.filter(|coupon| coupon.is_active(now) && !coupon.is_used_up());
    let by_coupon =
        usable.find_map(|coupon| Some((rewards::offer_of(site, coupon)?, coupon.claim, TrackMethod::Coupon)));
    let by_browser = || {
        let id = site.claims_by_visitor.get(origin.visitor_uuid.as_ref()?)?;
        let claim = Some(&site.claims[*id]).filter(|claim| claim.referral.is_none())?;
        Some((claim.offer, Some(claim.id), TrackMethod::Cookie))
    };
    let by_email = || {
        let claims = site.claims.select(&site.people[origin.person].history.claims);
        let claim = claims.rev().find(|claim| claim.referral.is_none())?;
        let was_sent = claim.share.is_some_and(|id| site.shares[id].channel == "email");
        let method = if was_sent { TrackMethod::ShareEmail } else { TrackMethod::GatedEmail };
        Some((claim.offer, Some(claim.id), method))
    };
    by_coupon.or_else(by_browser).or_else(by_email)
}

fn promise_rewards(site: &mut Site, id: u64) {
    let referral = &site.referrals[id];
    let (advocate, friend, offer) = (referral.advocate, referral.friend, referral.offer);
    let mut promised = rewards::promise(site, advocate, offer, RewardedAction::Referrer, Some(id));
    promised.extend(rewards::promise(site, friend, offer, RewardedAction::Referred, Some(id)));
    site.referrals.edit(id).rewards.extend(promised);
}

/// Approves a referral. The rewards are paid once the referral's webhook is delivered.
pub(super) fn approve(site: &mut Site, id: u64) {
    if unpaid_rewards(site, id).is_empty() {
        promise_rewards(site, id);
    }
    set_status(site, id, ReferralStatus::Approved);
    let then = Some(AfterDelivery::PayRewards(id));
    deliveries::queue_then(site, "referral_web_hook", |site| payloads::referral(site, id), then);
}

/// Pays the rewards of a referral if it is still approved. Does nothing if `referral` is `None`.
pub(super) fn pay_rewards(site: &mut Site, referral: Option<u64>) {
    if let Some(id) = referral.filter(|id| site.referrals[*id].status == ReferralStatus::Approved) {
        for reward in unpaid_rewards(site, id) {
            rewards::pay(site, reward);
        }
    }
}

fn unpaid_rewards(site: &Site, id: u64) -> Vec<u64> {
    let rewards = site.rewards.select(&site.referrals[id].rewards);
    rewards.filter(|reward| reward.status == RewardStatus::Unpaid).map(|reward| reward.id).collect()
}

/// Voids a referral's rewards and sets the referral's status.
pub(super) fn void(site: &mut Site, id: u64, status: ReferralStatus) {
    for reward in site.referrals[id].rewards.clone() {
        rewards::void(site, reward);
    }
    set_status(site, id, status);
}

fn set_status(site: &mut Site, id: u64, status: ReferralStatus) {
    let updated_at = site.now();
    let mut referral = site.referrals.edit(id);
    (referral.status, referral.updated_at) = (status, updated_at);
}

pub(super) fn update_status(site: &mut Site, call: &Call) -> ApiResult {
    let origin = origins::named(site, call)?;
    let Some(id) = site.origins[origin].referral else {
        return Ok(Value::Null);
    };
    let before = site.referrals[id].status;
    let status = ReferralStatus::from_name(&call.data().text("status").unwrap_or_default());
    let status = status.ok_or_else(|| ApiError::bad_request("`status` is invalid"))?;
    let is_final = matches!(before, ReferralStatus::Approved | ReferralStatus::Voided);
    let error = ApiError::bad_request(format!("Referral has already been {}", before.name()));
    require(status == before || !is_final, error)?;
    match status {
        _ if status == before => {}
        ReferralStatus::Approved => approve(site, id),
        ReferralStatus::Voided | ReferralStatus::Blocked => void(site, id, status),
        ReferralStatus::Pending | ReferralStatus::Flagged => set_status(site, id, status),
    }
    Ok(json!({ "referral": view::referral(site, &site.referrals[id]) }))
}
