//! The payloads of the nine webhook types.

use serde_json::{Value, json};

use super::offers::share_url;
use super::{number, time, with};
use crate::state::{Origin, OriginKind, Person, Site};

pub(crate) fn advocate_signup(site: &Site, origin: &Origin) -> Value {
    let offer = origin.offer.map(|id| &site.offers[id]);
    let context = json!({
        "offer": offer.map(|offer| offer_view(site, offer.id)),
        "campaign": offer.map(|offer| campaign_view(site, offer.campaign)),
    });
    with(flat_person(site, origin.person), context)
}

pub(crate) fn friend_email_gating(site: &Site, offer: u64, friend: u64) -> Value {
    let campaign = campaign_view(site, site.offers[offer].campaign);
    let context = json!({ "offer": offer_view(site, offer), "campaign": campaign, "ip_address": null });
    with(flat_person(site, friend), context)
}

pub(crate) fn post_share(site: &Site, share: u64) -> Value {
    let share = &site.shares[share];
    let offer = &site.offers[share.offer];
    json!({
        "campaign": campaign_view(site, offer.campaign),
        "share_type": share.channel,
        "share_info": { "recipients": share.recipient.iter().collect::<Vec<_>>() },
        "sharer_info": person_view(site, share.person),
        "share_link": share_url(site, share),
        "origin": origin_view(site, offer.origin),
    })
}

pub(crate) fn event(site: &Site, origin: &Origin) -> Value {
    json!({ "person": person_view(site, origin.person), "origin": origin_view(site, origin.id) })
}

/// Builds the `referral_web_hook` payload. As in Talkable's webhooks, amounts are strings.
pub(crate) fn referral(site: &Site, referral: u64) -> Value {
    let referral = &site.referrals[referral];
    let offer = &site.offers[referral.offer];
    let rewards_of = |person: u64, is_friend: bool| -> Vec<Value> {
        let rewards = site.rewards.select(&referral.rewards).filter(|reward| reward.person == person);
        let rewards = rewards.filter(|reward| reward.incentive.action.is_for_friend() == is_friend);
        let origin = if is_friend { referral.origin } else { offer.origin };
        let views = rewards.map(|reward| {
            json!({
                "id": reward.id,
                "amount": format!("{:.2}", reward.incentive.amount),
                "email": site.people[person].email,
                "person": person_view(site, person),
                "incentive": reward.incentive.kind(),
                "incentive_description": reward.incentive.description(),
                "reward_coupon_code": reward.coupon.map(|id| site.coupons[id].code.as_str()),
                "origin": origin_view(site, origin),
            })
        });
        views.collect()
    };
    let (advocate, friend) = (rewards_of(referral.advocate, false), rewards_of(referral.friend, true));
    json!({
        "campaign": campaign_view(site, referral.campaign),
        "offer": offer_view(site, referral.offer),
        "referrer": advocate.first(),
        "referred": friend.first(),
        "advocate_rewards": advocate,
        "friend_rewards": friend,
        "referred_origin": origin_view(site, referral.origin),
        "share": { "channel": referral.claim.and_then(|id| site.claims[id].channel.as_deref()) },
    })
}

pub(crate) fn reward(site: &Site, reward: u64) -> Value {
    let reward = &site.rewards[reward];
    let origin = origin_view(site, site.offers[reward.offer].origin);
    let mut view = super::reward(site, reward);
    view["incentive_identifier"] = reward.incentive.identifier.as_str().into();
    if reward.coupon.is_none() {
        // Talkable sends an empty object if there is no coupon.
        view["coupon"] = json!({});
    }
    json!({
        "campaign": campaign_view(site, reward.campaign),
        "offer": offer_view(site, reward.offer),
        "person": person_view(site, reward.person),
        "origin": origin,
        "advocate_origin": origin,
        "friend_origin": reward.referral.map(|id| origin_view(site, site.referrals[id].origin)),
        "reward": view,
    })
}

pub(crate) fn create_coupon(site: &Site, coupon: u64) -> Value {
    let coupon = &site.coupons[coupon];
    let owner = coupon.owner.map(|id| &site.people[id]);
    json!({
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
    })
}

pub(crate) fn unsubscribe(site: &Site, person: u64) -> Value {
    json!({ "person": person_view(site, person) })
}

/// Builds the webhook that asks whether the recipient of an e-mail has unsubscribed.
pub(crate) fn check_unsubscribe(site: &Site, offer: u64, recipient: &str) -> Value {
    let unknown = || Person { email: recipient.to_owned(), ..Person::default() };
    let recipient = match site.person(recipient) {
        Some(person) => person_view(site, person.id),
        None => view_of(site, &unknown()),
    };
    json!({
        "campaign": campaign_view(site, site.offers[offer].campaign),
        "recipient": recipient,
        "email_type": "notifier_offers_share_via_email",
    })
}

fn campaign_view(site: &Site, id: u64) -> Value {
    let campaign = &site.campaigns[id];
    json!({
        "id": id,
        "type": "StandaloneCampaign",
        "cached_slug": id,
        "tag_names": campaign.tags,
        "joinable_category_names": campaign.joinable_category_names,
        "origin_min_age": null,
        "origin_max_age": null,
        "new_customer": null,
    })
}

fn offer_view(site: &Site, id: u64) -> Value {
    let offer = &site.offers[id];
    let person = &site.people[offer.person];
    json!({
        "email": person.email,
        "phone_number": person.phone_number,
        "short_url_code": offer.short_url_code,
        "ip_address": site.origins[offer.origin].ip_address,
    })
}

/// Returns the members of a person for payloads that contain them at the top level. These payloads have no `customer_id`.
fn flat_person(site: &Site, id: u64) -> Value {
    let mut view = person_view(site, id);
    view.as_object_mut().and_then(|view| view.shift_remove("customer_id"));
    view
}

fn person_view(site: &Site, id: u64) -> Value {
    view_of(site, &site.people[id])
}

fn view_of(site: &Site, person: &Person) -> Value {
    let member = person.member.map(|id| super::member(site, &site.loyalty.members[id]));
    let loyalty = json!({ "is_loyalty_member": member.is_some(), "loyalty_member": member });
    with(super::people::common(site, person), loyalty)
}

fn origin_view(site: &Site, id: u64) -> Value {
    let origin = &site.origins[id];
    let number_of = |kind| origin.number.as_ref().filter(|_| origin.kind == kind);
    let details = json!({
        "phone_number": site.people[origin.person].phone_number,
        "traffic_source": origin.traffic_source,
        "order_number": number_of(OriginKind::Purchase),
        "order_date": time(origin.created_at),
        "subtotal": origin.subtotal.map(number),
        "currency_iso_code": origin.currency,
        "coupon_code": origin.coupon_codes.join(","),
        "event_category": origin.event_category,
        "event_number": number_of(OriginKind::Event),
    });
    with(super::referrals::common_origin(origin), details)
}
