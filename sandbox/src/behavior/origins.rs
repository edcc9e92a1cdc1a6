//! Origins: purchases, events and sign-ups, and their effects.

use serde_json::{Map, Value, json};

use super::{coupons, deliveries, loyalty, offers, people, referrals, visitors};
use crate::call::{ApiError, ApiResult, Call, Fields};
use crate::state::{Origin, OriginKind, Site, Utm};
use crate::validation::{is_email, parse_time};
use crate::view::{self, payloads};

/// Creates an origin of the kind given by `type`.
pub(super) fn create_any(site: &mut Site, call: &Call) -> ApiResult {
    let kind = match call.fields().text("type").as_deref() {
        Some("AffiliateMember") => OriginKind::AffiliateMember,
        Some("Event") => OriginKind::Event,
        _ => OriginKind::Purchase,
    };
    create(site, call, kind)
}

pub(super) fn create(site: &mut Site, call: &Call, kind: OriginKind) -> ApiResult {
    let data = call.data();
    let channels = data.texts("sharing_channels");
    offers::check_channels(channels.as_deref().unwrap_or_default())?;
    let client_ip = call.client_ip.to_string();
    let id = find_or_create(site, kind, data, &client_ip, true)?;
    let origin = site.origins.get(id);
    let offer = origin.and_then(|origin| site.offers.get(origin.offer?));
    let mut result = json!({
        "origin": origin.map(view::origin),
        "offer": offer.map(|offer| view::offer(site, offer)),
    });
    if let (Some(channels), Some(offer)) = (channels, offer) {
        result["claim_links"] = offers::claim_links(site, offer, &channels)?;
    }
    Ok(result)
}

/// Creates an origin with its referral, offer, points and webhooks, or finds an equal one.
fn find_or_create(
    site: &mut Site,
    kind: OriginKind,
    data: Fields<'_>,
    client_ip: &str,
    makes_offer: bool,
) -> Result<u64, ApiError> {
    let email = data.text("email").filter(|email| is_email(email));
    let email = email.ok_or_else(|| ApiError::bad_request("Email isn't valid"))?.to_lowercase();
    let mut origin = read(site, kind, data, client_ip, email);
    if kind != OriginKind::AffiliateMember {
        origin.subtotal = data.decimal("subtotal")?;
    }
    if let Some(known) = origin.slug().and_then(|slug| site.origins_by_slug.get(&slug)) {
        let is_same = site.origins.get(*known).is_some_and(|known| known.has_data_of(&origin));
        return if is_same { Ok(*known) } else { Err(duplicate(kind)) };
    }
    let person = site.person_with_email(&origin.email);
    people::apply(site, person, data)?;
    if let (OriginKind::AffiliateMember, Some(known)) = (kind, signed_up(site, person)) {
        return Ok(known);
    }
    origin.person = person;
    origin.is_first = kind == OriginKind::Purchase && !has_bought(site, person);
    let id = store(site, origin);
    if kind != OriginKind::AffiliateMember {
        referrals::refer(site, id);
        let codes = site.origins.get(id).map(|origin| origin.coupon_codes.clone()).unwrap_or_default();
        coupons::use_codes(site, &codes);
        loyalty::collect_for(site, id);
    }
    if makes_offer {
        offers::make(site, id, data.texts("campaign_tags").as_deref());
    }
    match kind {
        OriginKind::AffiliateMember => deliveries::queue(site, |site| payloads::advocate_signup(site, id)),
        OriginKind::Purchase | OriginKind::Event => deliveries::queue(site, |site| payloads::event(site, id)),
    }
    Ok(id)
}

/// Finds or creates the sign-up of a person.
pub(super) fn sign_up(site: &mut Site, person: u64) -> u64 {
    if let Some(known) = signed_up(site, person) {
        return known;
    }
    let email = site.people.get(person).map(|person| person.email.clone()).unwrap_or_default();
    let mut origin = read(site, OriginKind::AffiliateMember, Fields(None), "", email);
    origin.person = person;
    store(site, origin)
}

fn signed_up(site: &Site, person: u64) -> Option<u64> {
    let mut origins = site.origins.select(&site.people.get(person)?.history.origins);
    origins.find(|origin| origin.kind == OriginKind::AffiliateMember).map(|origin| origin.id)
}

fn has_bought(site: &Site, person: u64) -> bool {
    let ids = site.people.get(person).map(|person| person.history.origins.as_slice()).unwrap_or_default();
    site.origins.select(ids).any(|origin| origin.kind == OriginKind::Purchase)
}

fn store(site: &mut Site, origin: Origin) -> u64 {
    let (person, slug, visitor) = (origin.person, origin.slug(), origin.visitor_uuid.clone());
    let id = site.origins.insert(|id| Origin { id, ..origin }).id;
    if let Some(slug) = slug {
        site.origins_by_slug.insert(slug, id);
    }
    if let Some(person) = site.people.get_mut(person) {
        person.history.origins.push(id);
    }
    visitors::recognize(site, visitor.as_ref(), person);
    id
}

/// Reads all fields but the subtotal, whose parsing can fail.
fn read(site: &Site, kind: OriginKind, data: Fields<'_>, client_ip: &str, email: String) -> Origin {
    let text = |name: &str| data.text(name);
    let given = text("created_at").and_then(|text| parse_time(&text, site.utc_offset));
    let codes = data.texts("coupon_codes").or_else(|| data.texts("coupon_code")).unwrap_or_default();
    Origin {
        id: 0,
        kind,
        person: 0,
        email,
        customer_id: text("customer_id"),
        event_category: text("event_category").filter(|_| kind == OriginKind::Event),
        number: match kind {
            OriginKind::Purchase => text("order_number"),
            OriginKind::Event => text("event_number"),
            OriginKind::AffiliateMember => None,
        },
        subtotal: None,
        created_at: given.map_or_else(|| site.now(), |time| time.with_timezone(&site.utc_offset)),
        coupon_codes: codes.iter().map(|code| code.to_uppercase()).collect(),
        ip_address: text("ip_address").map(|address| if address == "current" { client_ip.to_owned() } else { address }),
        visitor_uuid: text("uuid").map(|uuid| uuid.to_lowercase()),
        currency: text("currency_iso_code"),
        traffic_source: text("traffic_source"),
        shipping_address: text("shipping_address"),
        shipping_zip: text("shipping_zip"),
        segments: [text("segment1"), text("segment2"), text("segment3")],
        utm: utm(data),
        refunded_at: None,
        refund_subtotal: None,
        offer: None,
        referral: None,
        is_first: false,
    }
}

fn utm(data: Fields<'_>) -> Utm {
    Utm {
        source: data.text("utm_source"),
        medium: data.text("utm_medium"),
        campaign: data.text("utm_campaign"),
        term: data.text("utm_term"),
        content: data.text("utm_content"),
    }
}

/// The API's message ends with a line feed.
fn duplicate(kind: OriginKind) -> ApiError {
    let (name, field) = match kind {
        OriginKind::Event => ("Event", "event_number"),
        _ => ("Purchase", "order_number"),
    };
    let words = format!("Talkable already has existing {name} with the same {field} but different data\n");
    ApiError::bad_request(format!("Duplicate entity: {words}"))
}

/// Creates the origin of a batch's row, or skips the row if it is invalid.
pub(super) fn create_row(site: &mut Site, kind: OriginKind, row: &Map<String, Value>, makes_offer: bool) {
    let _ = find_or_create(site, kind, Fields(Some(row)), "", makes_offer);
}
