//! The JSON representation of people and of the loyalty program.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{coupon, number, segment, time, with};
use crate::state::{Member, Person, PointsAction, RedemptionBatch, ReferralStatus, Site, describe_amount};

pub(crate) fn person(site: &Site, person: &Person) -> Value {
    let rewards = site.rewards.select(&person.history.rewards);
    let shares = site.shares.select(&person.history.shares);
    let details = json!({
        "events_count": person.history.origins.len(),
        "last_invited_by": null,
        "personal_claim_url": personal_claim_url(site, person),
        "referred_by": null,
        "reward_counts": counts(rewards.map(|reward| reward.status.name().to_lowercase())),
        "share_counts": counts(shares.map(|share| share.channel.clone())),
    });
    with(common(site, person), details)
}

/// Returns the JSON members common to all people, both in responses and in webhook payloads.
pub(super) fn common(site: &Site, person: &Person) -> Value {
    json!({
        "custom_properties": person.custom_properties,
        "customer_id": person.customer_id,
        "email": person.email,
        "first_name": person.first_name,
        "gender": null,
        "last_name": person.last_name,
        "opted_in_at": person.opted_in_at.map(time),
        "phone_number": person.phone_number,
        "phone_opted_in_at": null,
        "referral_counts": referral_counts(site, person),
        "sub_choice": person.sub_choice,
        "subscribed_at": person.opted_in_at.map(time),
        "unsubscribed_at": person.unsubscribed_at.map(time),
        "username": person.username,
    })
}

/// Returns the link to the person's newest offer, if there is one.
fn personal_claim_url(site: &Site, person: &Person) -> Option<String> {
    let name = person.username.as_ref().unwrap_or(&person.email);
    (!person.is_anonymized).then(|| format!("{}/by/{}/{}", site.url, segment(site.slug()), segment(name)))
}

fn referral_counts(site: &Site, person: &Person) -> Value {
    let ids = &person.history.referrals_as_advocate;
    let count = |status| site.referrals.select(ids).filter(|referral| referral.status == status).count();
    json!({
        "total": ids.len(),
        "approved": count(ReferralStatus::Approved),
        "pending": count(ReferralStatus::Pending),
    })
}

/// Returns the number of occurrences of each key, and the total number of keys.
fn counts(keys: impl Iterator<Item = String>) -> Value {
    let mut counts = BTreeMap::from([("total".to_owned(), 0)]);
    for key in keys {
        for key in [key, "total".to_owned()] {
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    json!(counts)
}

/// Returns all data about a person, for a subject access request.
pub(crate) fn personal_data(site: &Site, person: &Person) -> Value {
    let origins = site.origins.select(&person.history.origins).map(|origin| {
        let mut view = json!({
            "created_at": time(origin.created_at),
            "ip_address": origin.ip_address,
            "order_number": origin.number.as_ref().unwrap_or(&origin.email),
            "subtotal": number(origin.subtotal.unwrap_or_default()),
            "type": origin.kind.name(),
        });
        for (name, value) in [("shipping_address", &origin.shipping_address), ("shipping_zip", &origin.shipping_zip)] {
            if let Some(value) = value {
                view[name] = value.as_str().into();
            }
        }
        view
    });
    json!({
        "created_at": time(person.created_at),
        "customer_id": person.customer_id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "opted_in_at": person.opted_in_at.map(time),
        "origins": origins.collect::<Vec<_>>(),
        "phone_number": person.phone_number,
        "phone_opted_in_at": null,
        "unsubscribed_at": person.unsubscribed_at.map(time),
        "username": person.username,
    })
}

pub(crate) fn member(site: &Site, member: &Member) -> Value {
    let person = &site.people[member.person];
    let dates = member.dates.iter().map(|(name, date)| json!({ "identifier": name, "date": date.to_string() }));
    json!({
        "custom_properties": person.custom_properties,
        "email": person.email,
        "member_dates": dates.collect::<Vec<_>>(),
        "phone_number": person.phone_number,
        "points_balance": member.points_balance,
    })
}

pub(crate) fn points_action(site: &Site, action: &PointsAction) -> Value {
    json!({
        "action_config": action.config,
        "coupon": action.coupon.map(|id| coupon(site, &site.coupons[id])),
        "created_at": time(action.created_at),
        "event": null,
        "points": action.points,
        "type": action.identifier,
        "user": null,
    })
}

pub(crate) fn batch(batch: &RedemptionBatch, position: usize) -> Value {
    json!({
        "available_coupons_count": batch.available_coupons,
        "coupon_list": {
            "amount": number(batch.amount),
            "expires_at": null,
            "localized_amount": describe_amount(batch.amount, batch.is_percentage),
            "name": batch.description,
            "percentage_discount": batch.is_percentage,
        },
        "description": batch.description,
        "id": batch.id,
        "points_cost": batch.points_cost,
        "position": position,
    })
}
