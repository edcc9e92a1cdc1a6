//! Public pages of a site: claim links, offers and assets.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use crate::behavior::claim;
use crate::call::{ApiError, ApiResult, require, respond};
use crate::shared::Shared;
use crate::state::{Claim, Site};
use crate::validation::is_email;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/x/{code}", get(claim_link))
        .route("/by/{site}/{name}", get(personal_link))
        .route("/offers/{code}", get(offer_page))
        .route("/assets/{site}/{id}/{name}", get(asset))
        .with_state(Arc::clone(shared))
}

type Sites = State<Arc<Shared>>;

type Page = Result<Response, ApiError>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClaimQuery {
    channel: Option<String>,
    share: Option<u64>,
    visitor_uuid: Option<String>,
    email: Option<String>,
}

async fn claim_link(State(shared): Sites, Path(code): Path<String>, Query(query): Query<ClaimQuery>) -> Page {
    let has_offer = |site: &Site| site.offers_by_code.contains_key(&code);
    let slug = shared.sites().iter().find(|(_, site)| has_offer(site)).map(|(slug, _)| slug.clone());
    let slug = slug.ok_or_else(ApiError::not_found)?;
    let result = shared.with_site(&slug, |site| claim_offer(site, site.offers_by_code.get(&code).copied(), query));
    Ok(respond(result.ok_or_else(ApiError::not_found)?))
}

/// Claims a person's newest offer.
async fn personal_link(
    State(shared): Sites,
    Path((slug, name)): Path<(String, String)>,
    Query(query): Query<ClaimQuery>,
) -> Page {
    let newest = |site: &Site| site.person(&name)?.history.offers.last().copied();
    let result = shared.with_site(&slug, |site| claim_offer(site, newest(site), query));
    Ok(respond(result.ok_or_else(ApiError::not_found)?))
}

fn claim_offer(site: &mut Site, offer: Option<u64>, query: ClaimQuery) -> ApiResult {
    let offer = offer.ok_or_else(ApiError::not_found)?;
    site.check_quota(0, 0)?;
    let is_short = [&query.channel, &query.visitor_uuid].into_iter().flatten().all(|text| text.len() <= 64);
    require(is_short, ApiError::bad_request("`channel` and `visitor_uuid` are limited to 64 bytes"))?;
    let friend = match query.email.filter(|email| !email.is_empty()) {
        Some(email) if is_email(&email) => Some(site.person_with_email(&email)),
        Some(_) => return Err(ApiError::bad_request("Email isn't valid")),
        None => None,
    };
    let visitor_uuid = query.visitor_uuid.map(|uuid| uuid.to_lowercase());
    let visitor_uuid = Some(visitor_uuid.unwrap_or_else(|| site.random_uuid()));
    let (share, channel) = (query.share, query.channel);
    let id = claim(site, Claim { offer, share, channel, friend, visitor_uuid, ..Claim::default() });
    let claim = &site.claims[id];
    Ok(json!({
        "site_slug": site.slug(),
        "visitor_offer_id": id,
        "visitor_uuid": claim.visitor_uuid,
        "coupon_code": claim.coupon_code,
    }))
}

/// Shows an offer's incentives and claim link to the advocate.
async fn offer_page(State(shared): Sites, Path(code): Path<String>) -> Page {
    let page = shared.sites().values().find_map(|site| {
        let offer = &site.offers[*site.offers_by_code.get(&code)?];
        let campaign = &site.campaigns[offer.campaign];
        let incentives = campaign.incentives.iter().map(|incentive| {
            let recipient = if incentive.action.is_for_friend() { "friends" } else { "you" };
            format!("<li>{} for {recipient}</li>", escape_html(&incentive.description()))
        });
        let (title, incentives) = (escape_html(&campaign.name), incentives.collect::<String>());
        let link = escape_html(&site.claim_url(offer));
        Some(format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title></head><body>\
             <h1>{title}</h1><ul>{incentives}</ul><p>For friends: <a href=\"{link}\">{link}</a></p></body></html>\n"
        ))
    });
    Ok(([(CONTENT_SECURITY_POLICY, "default-src 'none'")], Html(page.ok_or_else(ApiError::not_found)?)).into_response())
}

fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Serves an uploaded file, with headers that keep browsers from running scripts in it.
async fn asset(State(shared): Sites, Path((slug, id, _)): Path<(String, u64, String)>) -> Page {
    let sites = shared.sites();
    let asset = sites.get(&slug).and_then(|site| site.assets.get(id)).ok_or_else(ApiError::not_found)?;
    let unknown = HeaderValue::from_static("application/octet-stream");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_str(&asset.content_type).unwrap_or(unknown)),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, asset.content.clone()).into_response())
}
