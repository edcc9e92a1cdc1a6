//! Lists the recent requests and webhooks, and resends webhooks.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::{ApiError, require, respond};
use crate::shared::Shared;

pub(super) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/sandbox/requests", get(requests))
        .route("/sandbox/requests/{id}", get(request))
        .route("/sandbox/webhooks", get(webhooks))
        .route("/sandbox/webhooks/{id}", get(webhook))
        .route("/sandbox/webhooks/{id}/resend", post(resend))
}

/// The query parameter `after`, which selects the entries with a greater id.
#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: u64,
}

async fn requests(State(shared): State<Arc<Shared>>, Query(After { after }): Query<After>) -> Response {
    let newer = shared.requests.read(|all| json!(all.iter().filter(|entry| entry.id > after).collect::<Vec<_>>()));
    respond(Ok(json!({ "requests": newer })))
}

async fn webhooks(State(shared): State<Arc<Shared>>, Query(After { after }): Query<After>) -> Response {
    let newer = shared.webhooks.read(|all| json!(all.iter().filter(|entry| entry.id > after).collect::<Vec<_>>()));
    respond(Ok(json!({ "webhooks": newer })))
}

async fn request(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Result<Response, ApiError> {
    let found = shared.requests.read(|all| Some(all.iter().find(|entry| entry.id == id)?.details()));
    Ok(respond(Ok(json!({ "request": found.ok_or_else(ApiError::not_found)? }))))
}

async fn webhook(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Result<Response, ApiError> {
    let found = shared.webhooks.read(|all| Some(all.iter().find(|entry| entry.id == id)?.details()));
    Ok(respond(Ok(json!({ "webhook": found.ok_or_else(ApiError::not_found)? }))))
}

/// Sends a webhook again, with the same payload, to the current target of its site.
async fn resend(State(shared): State<Arc<Shared>>, Path(id): Path<u64>) -> Result<Response, ApiError> {
    let found = shared.webhooks.read(|all| {
        let entry = all.iter().find(|entry| entry.id == id)?;
        Some((entry.site_slug.clone(), entry.kind, entry.payload.clone()))
    });
    let (slug, kind, payload) = found.ok_or_else(ApiError::not_found)?;
    let result = shared.with_site(&slug, |site| {
        let has_target = site.webhook_target.is_some();
        require(has_target, ApiError::bad_request(format!("The site `{slug}` sends no webhooks.")))?;
        site.check_quota(0, payload.len())?;
        let is_added = site.outbox.add(kind, payload, None, site.now());
        let message = format!("The site `{slug}` has too many pending webhooks.");
        require(is_added, ApiError::new(StatusCode::INSUFFICIENT_STORAGE, message))
    });
    result.ok_or_else(ApiError::no_site)??;
    Ok(respond(Ok(Value::Null)))
}
