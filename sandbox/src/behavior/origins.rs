//! Origins: creates purchases, events and sign-ups, as well as the offers and referrals that result from them, and refunds
//! purchases.

use chrono::TimeDelta;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{deliveries, loyalty, offers, people, referrals};
use crate::call::{ApiError, ApiResult, Call, Fields, require};
use crate::description::DESCRIPTION;
use crate::state::{Job, Origin, OriginKind, ReferralStatus, Site};
use crate::validation::is_email;
use crate::view::{self, payloads};

/// The delay before the rows of a batch are applied.
const BATCH_DELAY: TimeDelta = TimeDelta::seconds(2);

pub(super) fn create_any(site: &mut Site, call: &Call) -> ApiResult {
    let kind = call.fields().text("type").and_then(|kind| OriginKind::from_name(&kind));
    create(site, call, kind.unwrap_or(OriginKind::Purchase))
}

pub(super) fn create(site: &mut Site, call: &Call, kind: OriginKind) -> ApiResult {
    let data = call.data();
    let channels = data.texts("sharing_channels");
    offers::check_channels(channels.as_deref().unwrap_or_default())?;
    let id = find_or_create(site, kind, data, &call.client_ip.to_string(), true)?;
    let origin = &site.origins[id];
    let offer = origin.offer.map(|id| &site.offers[id]);
    let mut result = json!({ "origin": view::origin(origin), "offer": offer.map(|offer| view::offer(site, offer)) });
    if let (Some(channels), Some(offer)) = (channels, offer) {
        result["claim_links"] = offers::claim_links(site, offer, &channels)?;
    }
    Ok(result)
}

/// Enqueues the valid rows of a batch. Skips invalid rows without an error, as Talkable does.
pub(super) fn enqueue_batch(site: &mut Site, call: &Call, kind: OriginKind) -> ApiResult {
    let operation = DESCRIPTION.operation(&format!("createBatchOf{}s", kind.name()));
    let rules = operation.map(|operation| &operation.rules);
    let is_valid = |row: &&Value| rules.is_none_or(|rules| rules.accepts_row(row));
    let data = call.arguments.get("data").and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<_> = data.filter(is_valid).filter_map(Value::as_object).collect();
    site.check_quota(rows.len(), call.size)?;
    let makes_offer = call.fields().flag("create_offers").unwrap_or(false);
    let due = site.now() + BATCH_DELAY;
    for row in rows {
        site.jobs.add(due, Job::Create { kind, row: row.clone(), makes_offer });
    }
    Ok(Value::Null)
}

/// Creates an origin with its referral, offer, points and webhooks, or finds an existing origin with the same data.
pub(super) fn find_or_create(
    site: &mut Site,
    kind: OriginKind,
    data: Fields<'_>,
    client_ip: &str,
    makes_offer: bool,
) -> Result<u64, ApiError> {
    let is_sign_up = kind == OriginKind::AffiliateMember;
    let email = data.text("email").filter(|email| is_email(email));
    let email = email.ok_or_else(|| ApiError::bad_request("Email isn't valid"))?.to_lowercase();
    let mut origin = read(site, kind, data, client_ip, email);
    if !is_sign_up {
        origin.subtotal = data.decimal("subtotal")?;
    }
    if let Some(known) = origin.slug().and_then(|slug| site.origins_by_slug.get(&slug)) {
        return if site.origins[*known].has_data_of(&origin) { Ok(*known) } else { Err(duplicate(kind)) };
    }
    let person = site.person_with_email(&origin.email);
    people::apply(site, person, data)?;
    if let Some(known) = first_of_kind(site, person, kind).filter(|_| is_sign_up) {
        return Ok(known);
    }
    origin.person = person;
    origin.is_first = kind == OriginKind::Purchase && first_of_kind(site, person, kind).is_none();
    let codes = origin.coupon_codes.clone();
    let id = store(site, origin);
    if !is_sign_up {
        referrals::refer(site, id);
        for code in codes {
            if let Some(coupon) = site.coupons_by_code.get(&code) {
                site.coupons.edit(*coupon).usages += 1;
            }
        }
        loyalty::collect_for(site, id);
    }
    if makes_offer {
        offers::make(site, id, data.texts("campaign_tags").as_deref());
    }
    if is_sign_up {
        deliveries::queue(site, "offer_signup_web_hook", |site| payloads::advocate_signup(site, &site.origins[id]));
    } else {
        deliveries::queue(site, "event_web_hook", |site| payloads::event(site, &site.origins[id]));
    }
    Ok(id)
}

pub(super) fn sign_up(site: &mut Site, person: u64) -> u64 {
    if let Some(known) = first_of_kind(site, person, OriginKind::AffiliateMember) {
        return known;
    }
    let email = site.people[person].email.clone();
    let origin = read(site, OriginKind::AffiliateMember, Fields(None), "", email);
    store(site, Origin { person, ..origin })
}

fn first_of_kind(site: &Site, person: u64, kind: OriginKind) -> Option<u64> {
    let mut origins = site.origins.select(&site.people[person].history.origins);
    origins.find(|origin| origin.kind == kind).map(|origin| origin.id)
}

fn store(site: &mut Site, origin: Origin) -> u64 {
    let (person, slug, visitor) = (origin.person, origin.slug(), origin.visitor_uuid.clone());
    let id = site.origins.insert(|id| Origin { id, ..origin });
    site.origins_by_slug.extend(slug.map(|slug| (slug, id)));
    site.people.edit(person).history.origins.push(id);
    people::recognize(site, visitor.as_ref(), Some(person));
    id
}

/// Reads all fields of an origin except the subtotal, which is omitted because parsing it can fail.
fn read(site: &Site, kind: OriginKind, data: Fields<'_>, client_ip: &str, email: String) -> Origin {
    let text = |name: &str| data.text(name);
    let codes = data.texts("coupon_codes").or_else(|| data.texts("coupon_code")).unwrap_or_default();
    Origin {
        kind,
        email,
        customer_id: text("customer_id"),
        event_category: text("event_category").filter(|_| kind == OriginKind::Event),
        number: match kind {
            OriginKind::Purchase => text("order_number"),
            OriginKind::Event => text("event_number"),
            OriginKind::AffiliateMember => None,
        },
        created_at: super::time_field(site, data, "created_at").unwrap_or_else(|| site.now()),
        coupon_codes: codes.iter().map(|code| code.to_uppercase()).collect(),
        ip_address: text("ip_address").map(|address| if address == "current" { client_ip.to_owned() } else { address }),
        visitor_uuid: text("uuid").map(|uuid| uuid.to_lowercase()),
        currency: text("currency_iso_code"),
        traffic_source: text("traffic_source"),
        shipping_address: text("shipping_address"),
        shipping_zip: text("shipping_zip"),
        tracking: Origin::TRACKING.into_iter().filter_map(|name| Some((name, text(name)?))).collect(),
        ..Origin::default()
    }
}

/// Returns the error for a number that is already used by another origin. As in the API, the message ends with a line feed.
fn duplicate(kind: OriginKind) -> ApiError {
    let (name, field) = match kind {
        OriginKind::Event => ("Event", "event_number"),
        _ => ("Purchase", "order_number"),
    };
    let message = format!("Talkable already has existing {name} with the same {field} but different data\n");
    ApiError::bad_request(format!("Duplicate entity: {message}"))
}

pub(super) fn named(site: &Site, call: &Call) -> Result<u64, ApiError> {
    let id = site.origins_by_slug.get(call.path("origin_slug")).copied();
    id.ok_or_else(|| ApiError::bad_request("No origin found by `origin_slug`."))
}

/// Marks an origin as refunded. If the refund is full, voids the origin's referral.
pub(super) fn refund(site: &mut Site, call: &Call) -> ApiResult {
    let data = call.data();
    let amount = data.decimal("refund_subtotal")?;
    let id = named(site, call)?;
    let refunded_at = super::time_field(site, data, "refunded_at").unwrap_or_else(|| site.now());
    let mut origin = site.origins.edit(id);
    require(origin.refunded_at.is_none(), ApiError::bad_request("Origin has already been refunded"))?;
    let subtotal = origin.subtotal.unwrap_or_default();
    let amount = amount.unwrap_or(subtotal);
    let is_in_range = (Decimal::ZERO..=subtotal).contains(&amount);
    require(is_in_range, ApiError::invalid("Refund subtotal must be between 0 and the subtotal"))?;
    (origin.refunded_at, origin.refund_subtotal) = (Some(refunded_at), Some(amount));
    let referral = origin.referral.filter(|_| !origin.is_partially_refunded());
    drop(origin);
    if let Some(referral) = referral {
        referrals::void(site, referral, ReferralStatus::Voided);
    }
    Ok(json!({ "origin": view::origin(&site.origins[id]) }))
}
