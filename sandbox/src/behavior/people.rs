//! People: finding, changing and anonymizing them, and listing their records. This module also handles visitors, which are
//! browsers identified by a UUID that the caller chooses.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use super::{deliveries, time_field};
use crate::call::{ApiError, ApiResult, Call, Fields, require};
use crate::state::{Person, Site, SlugKind};
use crate::validation::{MAX_CUSTOM_PROPERTIES, is_email};
use crate::view::{self, payloads};

/// The maximum number of former e-mail addresses that are kept for each person.
const MAX_FORMER_EMAILS: usize = 100;

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    found(site, named(site, call)?.id)
}

/// Updates a person, or creates one if the path or the data contains a new e-mail address.
pub(super) fn update(site: &mut Site, call: &Call) -> ApiResult {
    let (slug, data) = (call.path("person_slug"), call.data());
    let known = site.person(slug).map(|person| person.id);
    let email = data.text("email").map(|email| email.to_lowercase());
    let is_taken = |kind, name: Option<&String>| {
        let holder = name.and_then(|name| site.person_by_slug(kind, name));
        holder.is_some_and(|holder| Some(holder) != known)
    };
    let is_free = !is_taken(SlugKind::Username, data.text("username").as_ref());
    require(is_free, ApiError::invalid("Username has already been taken. Please try another one."))?;
    let is_free = known.is_none() || !is_taken(SlugKind::Email, email.as_ref());
    require(is_free, ApiError::invalid("Email has already been taken"))?;
    let id = match (known, email) {
        (Some(id), _) => id,
        (None, Some(email)) => site.person_with_email(&email),
        (None, None) => find_or_create(site, slug)?,
    };
    apply(site, id, data)?;
    let now = site.now();
    let given = time_field(site, data, "unsubscribed_at");
    let mut person = site.people.edit(id);
    if let Some(choice) = data.flag("gated_param_subscribed") {
        person.sub_choice = Some(choice);
        person.opted_in_at = if choice { person.opted_in_at.or(Some(now)) } else { None };
    }
    let time = given.or(person.unsubscribed_at);
    let time = match data.flag("unsubscribed") {
        Some(false) => None,
        Some(true) => time.or(Some(now)),
        None => time,
    };
    drop(person);
    set_unsubscribed(site, id, time)
}

/// Applies the fields that describe a person, except a username or e-mail address that belongs to another person.
pub(super) fn apply(site: &mut Site, id: u64, data: Fields<'_>) -> Result<(), ApiError> {
    let properties = data.object("custom_properties").0.into_iter().flatten();
    let properties: Vec<(String, String)> = properties.map(|(name, value)| (name.clone(), property(value))).collect();
    let known = &site.people[id].custom_properties;
    let added = properties.iter().filter(|(name, _)| !known.contains_key(name)).count();
    let error = ApiError::invalid(format!("Custom properties are too many (maximum is {MAX_CUSTOM_PROPERTIES})"));
    require(known.len() + added <= MAX_CUSTOM_PROPERTIES, error)?;
    let is_free = |kind, name: &String| site.person_by_slug(kind, name).is_none_or(|holder| holder == id);
    let username = data.text("username").filter(|name| is_free(SlugKind::Username, name));
    let email = data.text("email").map(|email| email.to_lowercase()).filter(|email| is_free(SlugKind::Email, email));
    site.change_person(id, |person| {
        let fields = [
            (&mut person.first_name, data.text("first_name")),
            (&mut person.last_name, data.text("last_name")),
            (&mut person.phone_number, data.text("phone_number")),
            (&mut person.customer_id, data.text("customer_id")),
            (&mut person.username, username),
        ];
        for (field, value) in fields {
            *field = value.or(field.take());
        }
        if let Some(email) = email.filter(|email| *email != person.email) {
            let former = std::mem::replace(&mut person.email, email);
            if person.former_emails.len() >= MAX_FORMER_EMAILS {
                person.former_emails.remove(0);
            }
            person.former_emails.push(former);
        }
        person.custom_properties.extend(properties);
    });
    Ok(())
}

/// Converts a custom property's value to a string. Booleans become `t` and `f`.
fn property(value: &Value) -> String {
    match value {
        Value::Bool(true) => "t".to_owned(),
        Value::Bool(false) => "f".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn unsubscribe(site: &mut Site, call: &Call) -> ApiResult {
    let id = find_or_create(site, call.path("person_slug"))?;
    let time = site.people[id].unsubscribed_at.unwrap_or_else(|| site.now());
    set_unsubscribed(site, id, Some(time))
}

/// Finds a person by slug. If the person doesn't exist, but the slug is an e-mail address, creates the person.
fn find_or_create(site: &mut Site, slug: &str) -> Result<u64, ApiError> {
    match site.person(slug) {
        Some(person) => Ok(person.id),
        None if is_email(slug) => Ok(site.person_with_email(slug)),
        None => Err(ApiError::invalid("Email isn't valid")),
    }
}

/// Sets the time when a person unsubscribed, and queues a webhook if the person was subscribed. `None` subscribes the person
/// again. Returns the person as JSON.
fn set_unsubscribed(site: &mut Site, id: u64, time: Option<DateTime<FixedOffset>>) -> ApiResult {
    let before = std::mem::replace(&mut site.people.edit(id).unsubscribed_at, time);
    if before.is_none() && time.is_some() {
        deliveries::queue(site, "unsubscribe_web_hook", |site| payloads::unsubscribe(site, id));
    }
    found(site, id)
}

/// Removes a person's personal data from all records.
pub(super) fn anonymize(site: &mut Site, call: &Call) -> ApiResult {
    let person = named(site, call)?;
    let (id, origins) = (person.id, person.history.origins.clone());
    let mut emails: HashSet<_> = person.former_emails.iter().chain([&person.email]).cloned().collect();
    let email = format!("{}@anonymized.email", site.random_uuid());
    for origin in origins {
        let mut origin = site.origins.edit(origin);
        emails.insert(std::mem::replace(&mut origin.email, email.clone()));
        origin.customer_id = None;
        origin.ip_address = None;
        origin.visitor_uuid = None;
        origin.shipping_address = None;
        origin.shipping_zip = None;
    }
    // A former address that now belongs to another person must not be anonymized.
    emails.retain(|email| site.person_by_slug(SlugKind::Email, email).is_none_or(|holder| holder == id));
    forget_browsers(site, id);
    replace_recipients(site, &emails, &email);
    site.jobs.forget(&emails);
    site.change_person(id, |person| {
        person.email = email;
        person.former_emails.clear();
        person.first_name = None;
        person.last_name = None;
        person.username = None;
        person.customer_id = None;
        person.phone_number = None;
        person.custom_properties.clear();
        person.is_anonymized = true;
    });
    if let Some(mut member) = site.edit_member(id) {
        member.dates.clear();
    }
    deliveries::cancel_mentioning(site, &emails);
    found(site, id)
}

/// Removes the UUIDs of the person's browsers from the visitors and the claims.
fn forget_browsers(site: &mut Site, person: u64) {
    let removed: HashMap<_, _> = site.visitors.extract_if(|_, visitor| *visitor == Some(person)).collect();
    site.claims_by_visitor.retain(|uuid, _| !removed.contains_key(uuid));
    site.claims.edit_each(|claim| {
        claim.visitor_uuid = claim.visitor_uuid.take().filter(|uuid| !removed.contains_key(uuid));
    });
}

/// Replaces the given e-mail addresses among the recipients of offers and shares.
fn replace_recipients(site: &mut Site, emails: &HashSet<String>, replacement: &str) {
    let replace = |address: &mut String| {
        if emails.contains(address) {
            replacement.clone_into(address);
        }
    };
    site.shares.edit_each(|share| share.recipient.iter_mut().for_each(replace));
    site.offers.edit_each(|offer| offer.recipients.iter_mut().for_each(replace));
}

pub(super) fn personal_data(site: &mut Site, call: &Call) -> ApiResult {
    Ok(json!({ "person": view::personal_data(site, named(site, call)?) }))
}

pub(super) fn referrals_as_advocate(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.referrals_as_advocate;
    Ok(json!({ "referrals": view::list(site, site.referrals.select(ids), view::referral) }))
}

pub(super) fn referrals_as_friend(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.referrals_as_friend;
    Ok(json!({ "referrals": view::list(site, site.referrals.select(ids), view::referral) }))
}

pub(super) fn rewards(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.rewards;
    Ok(json!({ "rewards": view::list(site, site.rewards.select(ids), view::reward) }))
}

pub(super) fn shares(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.shares;
    Ok(json!({ "shares": view::list(site, site.shares.select(ids), view::share) }))
}

fn named<'a>(site: &'a Site, call: &Call) -> Result<&'a Person, ApiError> {
    let person = site.person(call.path("person_slug"));
    person.ok_or_else(|| ApiError::bad_request("No person found by `person_slug`."))
}

fn found(site: &Site, id: u64) -> ApiResult {
    Ok(json!({ "person": view::person(site, &site.people[id]) }))
}

pub(super) fn create_visitor(site: &mut Site, call: &Call) -> ApiResult {
    let uuid = call.data().text("uuid").unwrap_or_default().to_lowercase();
    recognize(site, Some(&uuid), None);
    Ok(json!({ "uuid": uuid }))
}

/// Adds the visitor if it is new. If a person is given, assigns the visitor to that person.
pub(super) fn recognize(site: &mut Site, uuid: Option<&String>, person: Option<u64>) {
    if let Some(uuid) = uuid {
        let visitor = site.visitors.entry(uuid.to_lowercase()).or_default();
        *visitor = person.or(*visitor);
    }
}
