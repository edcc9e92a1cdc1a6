//! Referrals: recognizing friends, and deciding what counts.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{coupons, deliveries, fraud, rewards};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Action, AfterDelivery, Fraud, Job, Referral, ReferralStatus, RewardStatus, Site};
use crate::view::{self, payloads};

/// How a friend was recognized, and through which offer they came.
struct Track {
    offer: u64,
    claim: Option<u64>,
    method: &'static str,
}

/// Makes a referral of an origin, if it is one of a friend.
pub(super) fn refer(site: &mut Site, origin: u64) -> Option<u64> {
    let track = track(site, origin)?;
    let offer = site.offers.get(track.offer)?;
    let (campaign, advocate) = (offer.campaign, offer.person);
    let (friend, now) = (site.origins.get(origin)?.person, site.now());
    let mut referral = Referral {
        id: 0,
        offer: track.offer,
        campaign,
        advocate,
        friend,
        origin,
        claim: track.claim,
        status: ReferralStatus::Pending,
        track_method: track.method,
        fraud: Fraud::default(),
        created_at: now,
        updated_at: now,
        rewards: Vec::new(),
    };
    (referral.fraud, referral.status) = fraud::examine(site, &referral)?;
    let status = referral.status;
    let id = site.referrals.insert(|id| Referral { id, ..referral }).id;
    site.origins.get_mut(origin)?.referral = Some(id);
    if let Some(claim) = track.claim.and_then(|claim| site.claims.get_mut(claim)) {
        claim.referral = Some(id);
    }
    site.people.get_mut(advocate)?.history.referrals_as_advocate.push(id);
    site.people.get_mut(friend)?.history.referrals_as_friend.push(id);
    if status != ReferralStatus::Blocked {
        promise_rewards(site, id);
    }
    let wait = site.campaigns.get(campaign)?.approves_after.and_then(|wait| TimeDelta::from_std(wait).ok());
    if let Some(due) = wait.and_then(|wait| now.checked_add_signed(wait)) {
        site.jobs.add(due, Job::Approve { referral: id });
    }
    Some(id)
}

/// By a coupon that only a friend has, by the browser, or by the e-mail address.
fn track(site: &Site, origin: u64) -> Option<Track> {
    let origin = site.origins.get(origin)?;
    let now = site.now();
    let usable = origin.coupon_codes.iter().filter_map(|code| coupons::with_code(site, code));
    let mut usable = usable.filter(|coupon| coupon.is_active(now) && !coupon.is_used_up());
    let by_coupon = usable.find_map(|coupon| {
        let claim = coupon.claim.and_then(|id| site.claims.get(id));
        let offer = coupon.offer.or_else(|| claim.map(|claim| claim.offer))?;
        Some(Track { offer, claim: coupon.claim, method: "coupon" })
    });
    let by_browser = || {
        let uuid = origin.visitor_uuid.as_ref()?;
        let claim = site.claims.get(*site.claims_by_visitor.get(uuid)?).filter(|claim| claim.referral.is_none())?;
        Some(Track { offer: claim.offer, claim: Some(claim.id), method: "cookie" })
    };
    let by_email = || {
        let ids = &site.people.get(origin.person)?.history.claims;
        let claims = ids.iter().rev().filter_map(|id| site.claims.get(*id));
        let claim = claims.into_iter().find(|claim| claim.referral.is_none())?;
        let was_sent = claim.share.and_then(|id| site.shares.get(id)).is_some_and(|share| share.channel == "email");
        let method = if was_sent { "share_email" } else { "gated_email" };
        Some(Track { offer: claim.offer, claim: Some(claim.id), method })
    };
    by_coupon.or_else(by_browser).or_else(by_email)
}

fn promise_rewards(site: &mut Site, id: u64) {
    let Some(referral) = site.referrals.get(id) else {
        return;
    };
    let (advocate, friend, offer) = (referral.advocate, referral.friend, referral.offer);
    let mut promised = rewards::promise(site, advocate, offer, Action::Referrer, Some(id));
    promised.extend(rewards::promise(site, friend, offer, Action::Referred, Some(id)));
    if let Some(referral) = site.referrals.get_mut(id) {
        referral.rewards.extend(promised);
    }
}

/// Lets a referral count. What it promised is paid as soon as the site has heard of it.
pub(super) fn approve(site: &mut Site, id: u64) {
    if open_rewards(site, id).is_empty() {
        promise_rewards(site, id);
    }
    set_status(site, id, ReferralStatus::Approved);
    deliveries::queue_then(site, |site| payloads::referral(site, id), AfterDelivery::PayRewardsOf(id));
}

/// Pays what a referral promised.
pub(crate) fn pay_rewards(site: &mut Site, id: u64) {
    let still_counts = site.referrals.get(id).is_some_and(|referral| referral.status == ReferralStatus::Approved);
    for reward in open_rewards(site, id) {
        if still_counts {
            rewards::pay(site, reward);
        }
    }
}

fn open_rewards(site: &Site, id: u64) -> Vec<u64> {
    let ids = site.referrals.get(id).map(|referral| referral.rewards.as_slice()).unwrap_or_default();
    let is_open = |id: &u64| site.rewards.get(*id).is_some_and(|reward| reward.status == RewardStatus::Unpaid);
    ids.iter().copied().filter(is_open).collect()
}

/// Lets a referral count no longer, and takes back what it paid or promised.
pub(super) fn void(site: &mut Site, id: u64, status: ReferralStatus) {
    let rewards = site.referrals.get(id).map(|referral| referral.rewards.clone()).unwrap_or_default();
    for reward in rewards {
        rewards::void(site, reward);
    }
    set_status(site, id, status);
}

fn set_status(site: &mut Site, id: u64, status: ReferralStatus) {
    let now = site.now();
    if let Some(referral) = site.referrals.get_mut(id) {
        referral.status = status;
        referral.updated_at = now;
    }
}

pub(super) fn update_status(site: &mut Site, call: &Call) -> ApiResult {
    let origin = site.origins_by_slug.get(call.path("origin_slug")).and_then(|id| site.origins.get(*id));
    let origin = origin.ok_or_else(|| ApiError::bad_request("No origin found by `origin_slug`."))?;
    let Some(referral) = origin.referral.and_then(|id| site.referrals.get(id)) else {
        return Ok(Value::Null);
    };
    let (id, before) = (referral.id, referral.status);
    let wanted = ReferralStatus::of(&call.data().text("status").unwrap_or_default());
    let wanted = wanted.ok_or_else(|| ApiError::bad_request("`status` is invalid"))?;
    if before.is_final() && wanted != before {
        return Err(ApiError::bad_request(format!("Referral has already been {}", before.name())));
    }
    match wanted {
        _ if wanted == before => {}
        ReferralStatus::Approved => approve(site, id),
        ReferralStatus::Voided | ReferralStatus::Blocked => void(site, id, wanted),
        ReferralStatus::Pending | ReferralStatus::Flagged => set_status(site, id, wanted),
    }
    let referral = site.referrals.get(id);
    Ok(json!({ "referral": referral.map(|referral| view::referral(site, referral)) }))
}
