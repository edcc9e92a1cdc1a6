//! People: finding and changing them, what they did and got, and the end of their data.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::deliveries;
use crate::call::{ApiError, ApiResult, Call, Fields};
use crate::state::{Person, Site, SlugKind};
use crate::validation::{MAX_CUSTOM_PROPERTIES, is_email, parse_time};
use crate::view::{self, payloads};

pub(super) fn find(site: &mut Site, call: &Call) -> ApiResult {
    let person = named(site, call)?;
    Ok(json!({ "person": view::person(site, person) }))
}

/// Changes a person; one who isn't known is made, if the path names them by e-mail address or the data does.
pub(super) fn update(site: &mut Site, call: &Call) -> ApiResult {
    let (slug, data) = (call.path("person_slug"), call.data());
    let known = site.person(slug).map(|person| person.id);
    let email = data.text("email").map(|email| email.to_lowercase());
    let taken = |kind, name: Option<&String>| {
        let holder = name.and_then(|name| site.person_by_slug(kind, name));
        holder.is_some_and(|holder| Some(holder) != known)
    };
    let username = data.text("username");
    if taken(SlugKind::Username, username.as_ref()) {
        return Err(ApiError::invalid("Username has already been taken. Please try another one."));
    }
    if known.is_some() && taken(SlugKind::Email, email.as_ref()) {
        return Err(ApiError::invalid("Email has already been taken"));
    }
    let id = match known {
        Some(id) => id,
        None => {
            let address = email.or_else(|| is_email(slug).then(|| slug.to_owned()));
            site.person_with_email(&address.ok_or_else(|| ApiError::invalid("Email isn't valid"))?)
        }
    };
    apply(site, id, data)?;
    let was_subscribed = site.people.get(id).is_some_and(|person| person.unsubscribed_at.is_none());
    subscribe(site, id, data);
    if was_subscribed && site.people.get(id).is_some_and(|person| person.unsubscribed_at.is_some()) {
        tell_of_unsubscribing(site, id);
    }
    found(site, id)
}

/// Takes over what is given about a person: by a change, or along with an origin.
pub(super) fn apply(site: &mut Site, id: u64, data: Fields<'_>) -> Result<(), ApiError> {
    let properties = data.object("custom_properties").0.into_iter().flatten();
    let properties: Vec<(String, String)> = properties.map(|(name, value)| (name.clone(), property(value))).collect();
    let person = site.people.get(id).ok_or_else(not_found)?;
    let fresh = properties.iter().filter(|(name, _)| !person.custom_properties.contains_key(name)).count();
    if person.custom_properties.len() + fresh > MAX_CUSTOM_PROPERTIES {
        return Err(ApiError::invalid(format!("Custom properties are too many (maximum is {MAX_CUSTOM_PROPERTIES})")));
    }
    let mut used = fresh * 512;
    // A name that someone else has stays with them.
    let free = |kind, name: &String| site.person_by_slug(kind, name).is_none_or(|holder| holder == id);
    let username = data.text("username").filter(|name| free(SlugKind::Username, name));
    let email = data.text("email").map(|email| email.to_lowercase()).filter(|email| free(SlugKind::Email, email));
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
            used += former.len();
            person.former_emails.insert(former);
        }
        person.custom_properties.extend(properties);
    });
    site.extra_bytes += used;
    Ok(())
}

/// Truth has one letter among a site's own properties.
fn property(value: &Value) -> String {
    match value {
        Value::Bool(true) => "t".to_owned(),
        Value::Bool(false) => "f".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn subscribe(site: &mut Site, id: u64, data: Fields<'_>) {
    let now = site.now();
    let given = data.text("unsubscribed_at").and_then(|text| parse_time(&text, site.utc_offset));
    let given = given.map(|time| time.with_timezone(&site.utc_offset));
    site.change_person(id, |person| {
        if let Some(choice) = data.flag("gated_param_subscribed") {
            person.sub_choice = Some(choice);
            person.opted_in_at = if choice { person.opted_in_at.or(Some(now)) } else { None };
        }
        match data.flag("unsubscribed") {
            Some(false) => person.unsubscribed_at = None,
            Some(true) => person.unsubscribed_at = given.or(person.unsubscribed_at).or(Some(now)),
            None => person.unsubscribed_at = given.or(person.unsubscribed_at),
        }
    });
}

pub(super) fn unsubscribe(site: &mut Site, call: &Call) -> ApiResult {
    let slug = call.path("person_slug");
    let id = match site.person(slug) {
        Some(person) => person.id,
        None if is_email(slug) => site.person_with_email(slug),
        None => return Err(ApiError::invalid("Email isn't valid")),
    };
    let now = site.now();
    let was_subscribed = site.people.get(id).is_some_and(|person| person.unsubscribed_at.is_none());
    site.change_person(id, |person| person.unsubscribed_at = person.unsubscribed_at.or(Some(now)));
    if was_subscribed {
        tell_of_unsubscribing(site, id);
    }
    found(site, id)
}

fn tell_of_unsubscribing(site: &mut Site, id: u64) {
    deliveries::queue(site, |site| payloads::unsubscribe(site, id));
}

/// Takes out of all records what tells who the person is.
pub(super) fn anonymize(site: &mut Site, call: &Call) -> ApiResult {
    let person = named(site, call)?;
    let (id, history) = (person.id, person.history.clone());
    let mut known: HashSet<_> = person.former_emails.iter().chain([&person.email]).cloned().collect();
    let email = format!("{}@anonymized.email", site.random_uuid());
    for origin in history.origins {
        if let Some(origin) = site.origins.get_mut(origin) {
            known.insert(std::mem::replace(&mut origin.email, email.clone()));
            origin.customer_id = None;
            origin.ip_address = None;
            origin.visitor_uuid = None;
            origin.shipping_address = None;
            origin.shipping_zip = None;
        }
    }
    // Someone else may have such an address by now.
    known.retain(|email| site.person_by_slug(SlugKind::Email, email).is_none_or(|holder| holder == id));
    forget_browsers(site, id);
    forget_recipient(site, &known, &email);
    site.jobs.forget(&known);
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
    if let Some(member) = site.loyalty.members.get_mut(&id) {
        member.dates.clear();
    }
    deliveries::cancel_mentioning(site, &known);
    found(site, id)
}

/// No visitor leads to the person any more, and the person's claims to no visitor.
fn forget_browsers(site: &mut Site, person: u64) {
    let of_person: HashMap<_, _> = site.visitors.extract_if(|_, visitor| *visitor == Some(person)).collect();
    site.claims_by_visitor.retain(|uuid, _| !of_person.contains_key(uuid));
    for claim in site.claims.iter_mut() {
        claim.visitor_uuid = claim.visitor_uuid.take().filter(|uuid| !of_person.contains_key(uuid));
    }
}

/// What advocates sent to the person was sent to someone else's address.
fn forget_recipient(site: &mut Site, known: &HashSet<String>, after: &str) {
    let of_shares = site.shares.iter_mut().filter_map(|share| share.recipient.as_mut());
    let of_offers = site.offers.iter_mut().flat_map(|offer| &mut offer.recipients);
    for address in of_shares.chain(of_offers).filter(|address| known.contains(*address)) {
        after.clone_into(address);
    }
}

pub(super) fn personal_data(site: &mut Site, call: &Call) -> ApiResult {
    let person = named(site, call)?;
    Ok(json!({ "person": view::personal_data(site, person) }))
}

pub(super) fn referrals_as_advocate(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.referrals_as_advocate;
    let referrals = ids.iter().filter_map(|id| site.referrals.get(*id));
    Ok(json!({ "referrals": referrals.map(|referral| view::referral(site, referral)).collect::<Vec<_>>() }))
}

pub(super) fn referrals_as_friend(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.referrals_as_friend;
    let referrals = ids.iter().filter_map(|id| site.referrals.get(*id));
    Ok(json!({ "referrals": referrals.map(|referral| view::referral(site, referral)).collect::<Vec<_>>() }))
}

pub(super) fn rewards(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.rewards;
    let rewards = ids.iter().filter_map(|id| site.rewards.get(*id));
    Ok(json!({ "rewards": rewards.map(|reward| view::reward(site, reward)).collect::<Vec<_>>() }))
}

pub(super) fn shares(site: &mut Site, call: &Call) -> ApiResult {
    let ids = &named(site, call)?.history.shares;
    let shares = ids.iter().filter_map(|id| site.shares.get(*id));
    Ok(json!({ "shares": shares.map(|share| view::share(site, share)).collect::<Vec<_>>() }))
}

fn named<'a>(site: &'a Site, call: &Call) -> Result<&'a Person, ApiError> {
    site.person(call.path("person_slug")).ok_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::bad_request("No person found by `person_slug`.")
}

fn found(site: &Site, id: u64) -> ApiResult {
    let person = site.people.get(id).ok_or_else(not_found)?;
    Ok(json!({ "person": view::person(site, person) }))
}
