//! Friends' offers: looking at an advocate's offer, and going on to the shop.

use serde_json::{Value, json};

use super::coupons::{self, Issued};
use super::{campaigns, deliveries, offers, origins, rewards, shares, visitors};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Action, Claim, Site};
use crate::view::{self, payloads};

/// How a friend came to an offer.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClaimSource {
    pub(crate) share: Option<u64>,
    pub(crate) channel: Option<String>,
    pub(crate) visitor_uuid: Option<String>,
    /// The friend, if they said who they are.
    pub(crate) friend: Option<u64>,
}

/// What a friend has after an offer was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedOffer {
    /// The number of the friend's offer, which the API calls a visitor offer.
    pub visitor_offer_id: u64,
    /// The coupon that came with it.
    pub coupon_code: Option<String>,
}

impl Site {
    /// A friend opens the link of an offer, and says who they are if an e-mail address is given. None if there is no offer
    /// of this code.
    pub fn claim(&mut self, short_url_code: &str, email: Option<&str>) -> Option<ClaimedOffer> {
        let offer = self.offers_by_code.get(short_url_code).copied()?;
        let friend = email.map(|email| self.person_with_email(email));
        let id = claim(self, offer, ClaimSource { friend, ..ClaimSource::default() })?;
        let coupon = self.claims.get(id).and_then(|claim| self.coupons.get(claim.coupon?));
        Some(ClaimedOffer { visitor_offer_id: id, coupon_code: coupon.map(|coupon| coupon.code.clone()) })
    }
}

/// Makes a friend's offer, with the coupon that the campaign promises for it.
pub(crate) fn claim(site: &mut Site, offer: u64, visit: ClaimSource) -> Option<u64> {
    let advocate = site.offers.get(offer)?.person;
    let campaign = site.campaigns.get(site.offers.get(offer)?.campaign)?;
    let promised = campaign.incentives_for(Action::Click).into_iter().find(|incentive| incentive.is_coupon);
    let created_at = site.now();
    let share = visit.share.filter(|id| site.shares.get(*id).is_some_and(|share| share.offer == offer));
    let channel = visit.channel.or_else(|| Some(site.shares.get(share?)?.channel.clone()));
    visitors::recognize_if_known(site, visit.visitor_uuid.as_ref(), visit.friend);
    let claim = site.claims.insert(|id| Claim {
        id,
        offer,
        share,
        channel,
        friend: visit.friend,
        visitor_uuid: visit.visitor_uuid,
        created_at,
        visited_at: None,
        coupon: None,
        referral: None,
    });
    let (id, visitor) = (claim.id, claim.visitor_uuid.clone());
    site.claims_by_visitor.extend(visitor.map(|uuid| (uuid, id)));
    if let Some(share) = share.and_then(|share| site.shares.get_mut(share)) {
        share.claims.push(id);
    }
    let coupon = match visit.friend {
        Some(friend) => {
            site.people.get_mut(friend)?.history.claims.push(id);
            // Nobody is rewarded for looking at their own offer.
            let given = if friend == advocate { Vec::new() } else { rewards::give(site, friend, offer, Action::Click) };
            deliveries::queue(site, |site| payloads::friend_email_gating(site, id));
            given.iter().find_map(|reward| site.rewards.get(*reward)?.coupon)
        }
        None => promised.map(|incentive| coupons::issue(site, &incentive, true, Issued::default())),
    };
    if let Some(coupon) = coupon {
        site.coupons.get_mut(coupon)?.claim = Some(id);
    }
    site.claims.get_mut(id)?.coupon = coupon;
    Some(id)
}

/// Shares the offer of an advocate, who is signed up if need be, with a friend who claims it at once.
pub(super) fn share_and_claim(site: &mut Site, call: &Call) -> ApiResult {
    let fields = call.fields();
    let campaign = campaigns::tagged(site, fields.text("campaign_tag").as_ref());
    let campaign = campaign.ok_or_else(|| ApiError::bad_request("No campaign found."))?;
    let advocate = site.person_with_email(&fields.text("advocate_email").unwrap_or_default());
    let friend = site.person_with_email(&fields.text("friend_email").unwrap_or_default());
    if advocate == friend {
        return Ok(json!({
            "friend_reward": null,
            "friend_unredeem_reason": "SELF_REFERRAL",
            "friend_human_unredeem_reason": "Advocate and friend are the same person",
        }));
    }
    let history = site.people.get(advocate).map(|person| person.history.offers.clone()).unwrap_or_default();
    let of_campaign = |id: &u64| site.offers.get(*id).is_some_and(|offer| offer.campaign == campaign);
    let offer = history.into_iter().rfind(of_campaign).or_else(|| {
        let origin = origins::sign_up(site, advocate);
        offers::make_in(site, origin, campaign)
    });
    let offer = offer.ok_or_else(|| ApiError::bad_request("No campaign found."))?;
    let recipient = site.people.get(friend).map(|person| person.email.clone());
    let share = shares::make(site, offer, "email", recipient);
    let claim = claim(site, offer, ClaimSource { share: Some(share), friend: Some(friend), ..ClaimSource::default() });
    let coupon = claim.and_then(|id| site.claims.get(id)?.coupon).and_then(|id| site.coupons.get(id));
    let reward = coupon.and_then(|coupon| site.rewards.get(coupon.reward?));
    Ok(json!({
        "friend_reward": reward.map(|reward| view::reward(site, reward)),
        "friend_unredeem_reason": null,
        "friend_human_unredeem_reason": null,
    }))
}

/// The friend went on to the shop.
pub(super) fn mark_as_visited(site: &mut Site, call: &Call) -> ApiResult {
    let now = site.now();
    let claim = call.path("id").parse().ok().and_then(|id| site.claims.get_mut(id));
    let claim = claim.ok_or_else(|| ApiError::bad_request("No visitor offer found by id."))?;
    claim.visited_at = claim.visited_at.or(Some(now));
    Ok(Value::Null)
}
