//! People.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{number, segment, time};
use crate::state::{Person, ReferralStatus, Site};

pub(crate) fn person(site: &Site, person: &Person) -> Value {
    json!({
        "custom_properties": person.custom_properties,
        "customer_id": person.customer_id,
        "email": person.email,
        "events_count": person.history.origins.len(),
        "first_name": person.first_name,
        "gender": null,
        "last_invited_by": null,
        "last_name": person.last_name,
        "opted_in_at": person.opted_in_at.map(time),
        "personal_claim_url": personal_claim_url(site, person),
        "phone_number": person.phone_number,
        "phone_opted_in_at": null,
        "referral_counts": referral_counts(site, person),
        "referred_by": null,
        "reward_counts": reward_counts(site, person),
        "share_counts": share_counts(site, person),
        "sub_choice": person.sub_choice,
        "subscribed_at": person.opted_in_at.map(time),
        "unsubscribed_at": person.unsubscribed_at.map(time),
        "username": person.username,
    })
}

/// Returns the link to the person's newest offer.
pub(crate) fn personal_claim_url(site: &Site, person: &Person) -> Option<String> {
    let name = person.username.as_ref().unwrap_or(&person.email);
    (!person.is_anonymized).then(|| format!("{}/by/{}/{}", site.url, segment(site.slug()), segment(name)))
}

fn referral_counts(site: &Site, person: &Person) -> Value {
    let ids = &person.history.referrals_as_advocate;
    let with = |status| {
        let referrals = ids.iter().filter_map(|id| site.referrals.get(*id));
        referrals.filter(|referral| referral.status == status).count()
    };
    let (approved, pending) = (with(ReferralStatus::Approved), with(ReferralStatus::Pending));
    json!({ "total": ids.len(), "approved": approved, "pending": pending })
}

fn reward_counts(site: &Site, person: &Person) -> Value {
    let rewards = person.history.rewards.iter().filter_map(|id| site.rewards.get(*id));
    counts(rewards.map(|reward| reward.status.name().to_lowercase()))
}

fn share_counts(site: &Site, person: &Person) -> Value {
    let shares = person.history.shares.iter().filter_map(|id| site.shares.get(*id));
    counts(shares.map(|share| share.channel.clone()))
}

/// Counts each word, and the total.
fn counts(words: impl Iterator<Item = String>) -> Value {
    let mut counts = BTreeMap::from([("total".to_owned(), 0)]);
    for word in words {
        for key in [word, "total".to_owned()] {
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    json!(counts)
}

/// All data about a person, for a subject access request.
pub(crate) fn personal_data(site: &Site, person: &Person) -> Value {
    let origins = person.history.origins.iter().filter_map(|id| site.origins.get(*id));
    let origins = origins.map(|origin| {
        json!({
            "created_at": time(origin.created_at),
            "ip_address": origin.ip_address,
            "order_number": origin.number.as_ref().unwrap_or(&origin.email),
            "shipping_address": origin.shipping_address,
            "shipping_zip": origin.shipping_zip,
            "subtotal": number(origin.subtotal.unwrap_or_default()),
            "type": origin.kind.name(),
        })
    });
    json!({
        "created_at": time(person.created_at),
        "customer_id": person.customer_id,
        "email": person.email,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "opted_in_at": person.opted_in_at.map(time),
        "origins": origins.map(without_missing).collect::<Vec<_>>(),
        "phone_number": person.phone_number,
        "phone_opted_in_at": null,
        "unsubscribed_at": person.unsubscribed_at.map(time),
        "username": person.username,
    })
}

/// Removes unknown shipping addresses.
fn without_missing(mut origin: Value) -> Value {
    if let Some(fields) = origin.as_object_mut() {
        fields.retain(|name, value| !(name.starts_with("shipping_") && value.is_null()));
    }
    origin
}
