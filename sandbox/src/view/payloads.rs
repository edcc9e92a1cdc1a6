//! The payloads of the nine types of webhooks.
//!
//! Each function returns none if a record is missing.

use serde_json::{Value, json};

use super::{number, time};
use crate::state::{Campaign, Offer, Origin, OriginKind, Person, Site};

/// A webhook's type and payload.
pub(crate) type Payload = (&'static str, Value);

pub(crate) fn advocate_signup(site: &Site, origin: u64) -> Option<Payload> {
    let origin = site.origins.get(origin)?;
    let offer = origin.offer.and_then(|id| site.offers.get(id));
    let mut payload = person_view(site, site.people.get(origin.person)?);
    payload["offer"] = offer.map_or(Value::Null, |offer| offer_view(site, offer));
    payload["campaign"] = offer.map_or(Value::Null, |offer| campaign_of(site, offer.campaign));
    Some(("offer_signup_web_hook", payload))
}

pub(crate) fn friend_email_gating(site: &Site, claim: u64) -> Option<Payload> {
    let claim = site.claims.get(claim)?;
    let offer = site.offers.get(claim.offer)?;
    let mut payload = person_view(site, site.people.get(claim.friend?)?);
    payload["offer"] = offer_view(site, offer);
    payload["campaign"] = campaign_of(site, offer.campaign);
    payload["ip_address"] = Value::Null;
    Some(("claim_signup_web_hook", payload))
}

pub(crate) fn post_share(site: &Site, share: u64) -> Option<Payload> {
    let share = site.shares.get(share)?;
    let offer = site.offers.get(share.offer)?;
    let payload = json!({
        "campaign": campaign_of(site, offer.campaign),
        "share_type": share.channel,
        "share_info": { "recipients": share.recipient.iter().collect::<Vec<_>>() },
        "sharer_info": site.people.get(share.person).map(|person| person_view(site, person)),
        "share_link": format!("{}/x/{}?share={}", site.url, offer.short_url_code, share.id),
        "origin": origin_of(site, Some(offer.origin)),
    });
    Some(("post_share_web_hook", payload))
}

pub(crate) fn event(site: &Site, origin: u64) -> Option<Payload> {
    let origin = site.origins.get(origin)?;
    let person = site.people.get(origin.person).map(|person| person_view(site, person));
    Some(("event_web_hook", json!({ "person": person, "origin": origin_view(site, origin) })))
}

/// Talkable sends these amounts as strings.
pub(crate) fn referral(site: &Site, referral: u64) -> Option<Payload> {
    let referral = site.referrals.get(referral)?;
    let offer = site.offers.get(referral.offer)?;
    let rewards_of = |person: u64, is_friend: bool| -> Vec<Value> {
        let rewards = referral.rewards.iter().filter_map(|id| site.rewards.get(*id));
        let rewards =
            rewards.filter(|reward| reward.person == person && reward.incentive.action.is_for_friend() == is_friend);
        let origin = if is_friend { referral.origin } else { offer.origin };
        rewards
            .map(|reward| {
                let person = site.people.get(reward.person);
                json!({
                    "id": reward.id,
                    "amount": format!("{:.2}", reward.incentive.amount),
                    "email": person.map(|person| person.email.as_str()),
                    "person": person.map(|person| person_view(site, person)),
                    "incentive": reward.incentive.kind(),
                    "incentive_description": reward.incentive.description(),
                    "reward_coupon_code": reward.coupon.and_then(|id| site.coupons.get(id)).map(|it| it.code.as_str()),
                    "origin": origin_of(site, Some(origin)),
                })
            })
            .collect()
    };
    let (advocate, friend) = (rewards_of(referral.advocate, false), rewards_of(referral.friend, true));
    let channel = referral.claim.and_then(|id| site.claims.get(id)?.channel.as_deref());
    let payload = json!({
        "campaign": campaign_of(site, referral.campaign),
        "offer": offer_view(site, offer),
        "referrer": advocate.first(),
        "referred": friend.first(),
        "advocate_rewards": advocate,
        "friend_rewards": friend,
        "referred_origin": origin_of(site, Some(referral.origin)),
        "share": { "channel": channel },
    });
    Some(("referral_web_hook", payload))
}

pub(crate) fn reward(site: &Site, reward: u64) -> Option<Payload> {
    let reward = site.rewards.get(reward)?;
    let offer = site.offers.get(reward.offer)?;
    let referral = reward.referral.and_then(|id| site.referrals.get(id));
    let mut view = super::reward(site, reward);
    view["incentive_identifier"] = reward.incentive.identifier.as_str().into();
    if reward.coupon.is_none() {
        // Talkable sends an empty object if there is none.
        view["coupon"] = json!({});
    }
    let payload = json!({
        "campaign": campaign_of(site, reward.campaign),
        "offer": offer_view(site, offer),
        "person": site.people.get(reward.person).map(|person| person_view(site, person)),
        "origin": origin_of(site, Some(offer.origin)),
        "advocate_origin": origin_of(site, Some(offer.origin)),
        "friend_origin": origin_of(site, referral.map(|referral| referral.origin)),
        "reward": view,
    });
    Some(("reward_web_hook", payload))
}

pub(crate) fn create_coupon(site: &Site, coupon: u64) -> Option<Payload> {
    let coupon = site.coupons.get(coupon)?;
    let owner = coupon.owner.and_then(|id| site.people.get(id));
    let payload = json!({
        "coupon_auto_sync_enabled": true,
        "coupon_code": coupon.code,
        "coupon_list_id": 1,
        "coupon_list_name": "Coupons",
        "email": owner.map(|person| person.email.as_str()),
        "phone_number": owner.and_then(|person| person.phone_number.as_deref()),
        "discount_amount": format!("{:.1}", coupon.amount),
        "percentage_discount": coupon.is_percentage,
        "usage_limit": coupon.is_single_use.then_some(1),
        "expires_at": coupon.expires_at.map(time),
    });
    Some(("create_coupon_web_hook", payload))
}

pub(crate) fn unsubscribe(site: &Site, person: u64) -> Option<Payload> {
    let person = person_view(site, site.people.get(person)?);
    Some(("unsubscribe_web_hook", json!({ "person": person })))
}

/// Asks whether the recipient of a mail has unsubscribed.
pub(crate) fn check_unsubscribe(site: &Site, offer: u64, recipient: &str) -> Option<Payload> {
    let offer = site.offers.get(offer)?;
    let person = site.person(recipient);
    let recipient = person.map_or_else(|| json!({ "email": recipient }), |person| person_view(site, person));
    let payload = json!({
        "campaign": campaign_of(site, offer.campaign),
        "recipient": recipient,
        "email_type": "notifier_offers_share_via_email",
    });
    Some(("check_unsubscribe_web_hook", payload))
}

fn campaign_of(site: &Site, id: u64) -> Value {
    site.campaigns.get(id).map_or(Value::Null, campaign_view)
}

fn campaign_view(campaign: &Campaign) -> Value {
    json!({
        "id": campaign.id,
        "type": "StandaloneCampaign",
        "cached_slug": campaign.id,
        "tag_names": campaign.tags,
        "joinable_category_names": campaign.joinable_category_names,
        "origin_min_age": null,
        "origin_max_age": null,
        "new_customer": null,
    })
}

fn offer_view(site: &Site, offer: &Offer) -> Value {
    let person = site.people.get(offer.person);
    let origin = site.origins.get(offer.origin);
    json!({
        "email": person.map(|person| person.email.as_str()),
        "phone_number": person.and_then(|person| person.phone_number.as_deref()),
        "short_url_code": offer.short_url_code,
        "ip_address": origin.and_then(|origin| origin.ip_address.as_deref()),
    })
}

fn person_view(site: &Site, person: &Person) -> Value {
    let member = site.loyalty.members.get(&person.id);
    let mut view = json!({
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "phone_number": person.phone_number,
        "username": person.username,
        "customer_id": person.customer_id,
        "unsubscribed_at": person.unsubscribed_at.map(time),
        "subscribed_at": person.opted_in_at.map(time),
        "opted_in_at": person.opted_in_at.map(time),
        "phone_opted_in_at": null,
        "is_loyalty_member": member.is_some(),
        "custom_properties": person.custom_properties,
        "gender": null,
        "referral_counts": super::person(site, person)["referral_counts"],
        "sub_choice": person.sub_choice,
    });
    if let Some(member) = member {
        view["loyalty_member"] = super::member(site, member);
    }
    view
}

fn origin_of(site: &Site, id: Option<u64>) -> Option<Value> {
    id.and_then(|id| site.origins.get(id)).map(|origin| origin_view(site, origin))
}

fn origin_view(site: &Site, origin: &Origin) -> Value {
    let person = site.people.get(origin.person);
    let [segment1, segment2, segment3] = &origin.segments;
    let number_of = |kind| (origin.kind == kind).then_some(origin.number.as_deref()).flatten();
    json!({
        "type": origin.kind.name(),
        "id": origin.id,
        "email": origin.email,
        "phone_number": person.and_then(|person| person.phone_number.as_deref()),
        "customer_id": origin.customer_id,
        "traffic_source": origin.traffic_source,
        "ip_address": origin.ip_address,
        "order_number": number_of(OriginKind::Purchase),
        "order_date": time(origin.created_at),
        "subtotal": origin.subtotal.map(number),
        "currency_iso_code": origin.currency,
        "coupon_code": origin.coupon_codes.join(","),
        "event_category": origin.event_category,
        "event_number": number_of(OriginKind::Event),
        "segment1": segment1,
        "segment2": segment2,
        "segment3": segment3,
        "utm_campaign": origin.utm.campaign,
        "utm_content": origin.utm.content,
        "utm_medium": origin.utm.medium,
        "utm_source": origin.utm.source,
        "utm_term": origin.utm.term,
    })
}
