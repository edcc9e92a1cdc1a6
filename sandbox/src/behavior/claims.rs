//! Records the claims of friends who open an offer's link, and their visits to the shop.

use serde_json::{Value, json};

use super::{deliveries, offers, origins, people, rewards, shares};
use crate::call::{ApiError, ApiResult, Call};
use crate::state::{Claim, Coupon, RewardedAction, Site};
use crate::view::{self, payloads};

impl Site {
    /// Claims an offer, as a friend does by opening the offer's link. The friend's e-mail address is optional. Returns `None`
    /// if no offer has this code.
    pub fn claim(&mut self, short_url_code: &str, email: Option<&str>) -> Option<Claim> {
        let offer = self.offers_by_code.get(short_url_code).copied()?;
        let friend = email.map(|email| self.person_with_email(email));
        let id = claim(self, Claim { offer, friend, ..Claim::default() });
        Some(self.claims[id].clone())
    }
}

/// Adds a claim, and issues a coupon to the friend if the campaign offers one.
pub(crate) fn claim(site: &mut Site, claim: Claim) -> u64 {
    let (offer, friend, created_at) = (claim.offer, claim.friend, site.now());
    let share = claim.share.filter(|id| site.shares.get(*id).is_some_and(|share| share.offer == offer));
    let channel = claim.channel.or_else(|| Some(site.shares[share?].channel.clone()));
    let visitor_uuid = claim.visitor_uuid.clone();
    people::recognize(site, visitor_uuid.as_ref(), friend);
    let id = site.claims.insert(|id| Claim { id, share, channel, created_at, ..claim });
    site.claims_by_visitor.extend(visitor_uuid.map(|uuid| (uuid, id)));
    if let Some(share) = share {
        site.shares.edit(share).claims.push(id);
    }
    let coupon = match friend {
        Some(friend) => {
            site.people.edit(friend).history.claims.push(id);
            let is_own = friend == site.offers[offer].person;
            let given = if is_own { Vec::new() } else { rewards::give(site, friend, offer, RewardedAction::Click) };
            deliveries::queue(site, "claim_signup_web_hook", |site| payloads::friend_email_gating(site, offer, friend));
            given.iter().find_map(|reward| site.rewards[*reward].coupon)
        }
        None => {
            let mut incentives = site.campaigns[site.offers[offer].campaign].incentives_for(RewardedAction::Click);
            incentives.retain(|incentive| incentive.is_coupon);
            let coupon = Coupon { is_single_use: true, ..Coupon::default() };
            incentives.first().map(|incentive| rewards::issue_coupon(site, incentive, coupon))
        }
    };
    if let Some(coupon) = coupon {
        site.coupons.edit(coupon).claim = Some(id);
        site.claims.edit(id).coupon_code = Some(site.coupons[coupon].code.clone());
    }
    site.claims.edit(id).coupon = coupon;
    id
}

/// Shares an advocate's offer with a friend, who claims it immediately. Signs up the advocate if necessary.
pub(super) fn share_and_claim(site: &mut Site, call: &Call) -> ApiResult {
    let fields = call.fields();
    let campaign = offers::tagged_campaign(site, fields.text("campaign_tag").as_ref());
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
    let offers = &site.people[advocate].history.offers;
    let known = offers.iter().copied().rfind(|id| site.offers[*id].campaign == campaign);
    let offer = known.unwrap_or_else(|| {
        let origin = origins::sign_up(site, advocate);
        offers::make_in(site, origin, campaign)
    });
    let recipient = site.people[friend].email.clone();
    let share = shares::make(site, offer, "email", Some(recipient));
    let id = claim(site, Claim { offer, share: Some(share), friend: Some(friend), ..Claim::default() });
    let reward = site.claims[id].coupon.and_then(|coupon| site.coupons[coupon].reward);
    Ok(json!({
        "friend_reward": reward.map(|id| view::reward(site, &site.rewards[id])),
        "friend_unredeem_reason": null,
        "friend_human_unredeem_reason": null,
    }))
}

pub(super) fn mark_as_visited(site: &mut Site, call: &Call) -> ApiResult {
    let now = site.now();
    let claim = call.path("id").parse().ok().and_then(|id| site.claims.find_mut(id));
    let mut claim = claim.ok_or_else(|| ApiError::bad_request("No visitor offer found by id."))?;
    claim.visited_at = claim.visited_at.or(Some(now));
    Ok(Value::Null)
}
