//! What people see of a site: claim links, which make a friend's offer when they are opened, offers, and assets.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use crate::answer::{Outcome, Refusal, respond};
use crate::behavior::{Visit, claim};
use crate::sandbox::Shared;
use crate::state::Site;
use crate::validation::is_email;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/x/{code}", get(claim_link))
        .route("/by/{site}/{name}", get(personal_link))
        .route("/offers/{code}", get(offer_page))
        .route("/assets/{site}/{id}/{name}", get(asset))
        .with_state(Arc::clone(shared))
}

/// Who opens a link, and where they found it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Visitor {
    channel: Option<String>,
    share: Option<u64>,
    visitor_uuid: Option<String>,
    email: Option<String>,
}

async fn claim_link(
    State(shared): State<Arc<Shared>>,
    Path(code): Path<String>,
    Query(visitor): Query<Visitor>,
) -> Response {
    let offer = |site: &Site| site.offers_by_code.get(&code).copied();
    let slug = shared.sites().iter().find(|(_, site)| offer(site).is_some()).map(|(slug, _)| slug.clone());
    open(&shared, &slug.unwrap_or_default(), offer, visitor)
}

/// The newest offer of the person whose link it is.
async fn personal_link(
    State(shared): State<Arc<Shared>>,
    Path((slug, name)): Path<(String, String)>,
    Query(visitor): Query<Visitor>,
) -> Response {
    open(&shared, &slug, |site| site.person(&name)?.trail.offers.last().copied(), visitor)
}

fn open(shared: &Shared, slug: &str, offer: impl Fn(&Site) -> Option<u64>, visitor: Visitor) -> Response {
    let opened = shared.on_site(slug, |site| {
        let offer = offer(site).ok_or_else(Refusal::not_found)?;
        visit(site, offer, visitor)
    });
    respond(StatusCode::OK, opened.unwrap_or_else(|| Err(Refusal::not_found())))
}

/// A browser that says no UUID gets one.
fn visit(site: &mut Site, offer: u64, visitor: Visitor) -> Outcome {
    site.has_room_for(0, 0)?;
    let texts = [&visitor.channel, &visitor.visitor_uuid];
    if texts.into_iter().flatten().any(|text| text.len() > 64) {
        return Err(Refusal::bad_request("`channel` and `visitor_uuid` have at most 64 bytes"));
    }
    let friend = match visitor.email.filter(|email| !email.is_empty()) {
        Some(email) if is_email(&email) => Some(site.person_with_email(&email)),
        Some(_) => return Err(Refusal::bad_request("Email isn't valid")),
        None => None,
    };
    let visitor_uuid = visitor.visitor_uuid.map(|uuid| uuid.to_lowercase());
    let visitor_uuid = Some(visitor_uuid.unwrap_or_else(|| site.random_uuid()));
    let visit = Visit { share: visitor.share, channel: visitor.channel, visitor_uuid, friend };
    let made = claim(site, offer, visit).and_then(|id| site.claims.get(id)).ok_or_else(Refusal::not_found)?;
    let coupon = made.coupon.and_then(|id| site.coupons.get(id));
    Ok(json!({
        "site_slug": site.slug(),
        "visitor_offer_id": made.id,
        "visitor_uuid": made.visitor_uuid,
        "coupon_code": coupon.map(|coupon| coupon.code.as_str()),
    }))
}

/// What an advocate sees of an offer: what it promises, and the link for friends.
async fn offer_page(State(shared): State<Arc<Shared>>, Path(code): Path<String>) -> Response {
    let sites = shared.sites();
    let page = sites.values().find_map(|site| {
        let offer = site.offers.get(*site.offers_by_code.get(&code)?)?;
        let campaign = site.campaigns.get(offer.campaign)?;
        let promises = campaign.incentives.iter().map(|incentive| {
            let who = if incentive.action.is_for_friend() { "friends" } else { "you" };
            format!("<li>{} for {who}</li>", escaped(&incentive.description()))
        });
        let (title, promises) = (escaped(&campaign.name), promises.collect::<String>());
        let link = escaped(&format!("{}/x/{}", site.url, offer.short_url_code));
        Some(format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\
             <h1>{title}</h1><ul>{promises}</ul><p>For friends: <a href=\"{link}\">{link}</a></p></body></html>\n"
        ))
    });
    page.map_or_else(
        || Refusal::not_found().into_response(),
        |page| ([(CONTENT_SECURITY_POLICY, "default-src 'none'")], Html(page)).into_response(),
    )
}

/// A text as it is written in HTML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What was uploaded, in a way that lets no browser run it.
async fn asset(State(shared): State<Arc<Shared>>, Path((slug, id, _)): Path<(String, u64, String)>) -> Response {
    let sites = shared.sites();
    let Some(asset) = sites.get(&slug).and_then(|site| site.assets.get(id)) else {
        return Refusal::not_found().into_response();
    };
    let unknown = HeaderValue::from_static("application/octet-stream");
    let headers: [(HeaderName, HeaderValue); 3] = [
        (CONTENT_TYPE, HeaderValue::from_str(&asset.content_type).unwrap_or(unknown)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    (headers, asset.content.clone()).into_response()
}
