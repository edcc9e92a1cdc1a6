//! Endpoints that control a running sandbox, `/sandbox/…`. The README lists them. They require the API key.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::call::{ApiError, ApiResult, respond};
use crate::faults::Faults;
use crate::pipeline::request::{authorize, read_body, with_timeout};
use crate::settings::WebhookTarget;
use crate::shared::Shared;
use crate::state::Site;
use crate::validation::is_email;

const MAX_BODY_BYTES: usize = 64 * 1024;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/sandbox/state", get(state))
        .route("/sandbox/faults", get(faults).put(set_faults))
        .route("/sandbox/clock", post(advance_clock))
        .route("/sandbox/webhooks", put(set_webhooks))
        .route("/sandbox/loyalty_members", post(enroll))
        .layer(from_fn_with_state(Arc::clone(shared), require_key))
        .with_state(Arc::clone(shared))
}

async fn require_key(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match authorize(&shared, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let describe = |site: &mut Site| {
        json!({
            "records": site.record_count(),
            "webhooks_delivered": site.webhooks_delivered(),
            "webhooks_failed": site.webhooks_failed(),
            "webhooks_pending": site.webhooks_pending(),
            "last_webhook_failure": site.last_webhook_failure(),
        })
    };
    let sites = shared.slugs().into_iter();
    let sites: Map<String, Value> =
        sites.filter_map(|slug| shared.with_site(&slug, describe).map(|state| (slug, state))).collect();
    let responses_sent = shared.responses_sent.load(Ordering::Relaxed);
    respond(Ok(json!({ "responses_sent": responses_sent, "now": shared.clock.now().to_rfc3339(), "sites": sites })))
}

async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    respond(Ok(json!(shared.faults.current())))
}

async fn set_faults(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    handle(&shared, request, |faults: Faults| {
        faults.check()?;
        shared.faults.set(faults.clone());
        Ok(json!(faults))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockAdvance {
    seconds: u64,
}

async fn advance_clock(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    handle(&shared, request, |ClockAdvance { seconds }| {
        if !shared.clock.try_advance(Duration::from_secs(seconds)) {
            return Err(ApiError::bad_request("The clock can't be advanced past the year 9999."));
        }
        Ok(json!({ "now": shared.clock.now().to_rfc3339() }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WebhookSettings {
    site_slug: String,
    url: Option<String>,
    key: Option<String>,
    #[serde(default)]
    types: Vec<String>,
}

async fn set_webhooks(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    handle(&shared, request, |WebhookSettings { site_slug, url, key, types }| {
        let target = url.map(|url| {
            let key = key.filter(|key| !key.is_empty());
            let key = key.ok_or_else(|| ApiError::bad_request("`key` is required with `url`"))?;
            Ok::<_, ApiError>(WebhookTarget::new(&url, key)?.types(types)?)
        });
        let target = target.transpose()?;
        change_site(&shared, &site_slug, |site| match target {
            Some(target) => site.send_webhooks_to(target),
            None => site.stop_webhooks(),
        })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrollment {
    site_slug: String,
    email: String,
}

async fn enroll(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    handle(&shared, request, |Enrollment { site_slug, email }| {
        if !is_email(&email) {
            return Err(ApiError::invalid("Email isn't valid"));
        }
        change_site(&shared, &site_slug, |site| {
            site.enroll(&email);
        })
    })
    .await
}

fn change_site(shared: &Shared, slug: &str, change: impl FnOnce(&mut Site)) -> ApiResult {
    shared.with_site(slug, change).map(|()| Value::Null).ok_or_else(ApiError::no_site)
}

/// Deserializes the body, runs the action and responds.
async fn handle<T: DeserializeOwned>(
    shared: &Shared,
    request: Request,
    action: impl FnOnce(T) -> ApiResult,
) -> Response {
    respond(deserialize(shared, request).await.and_then(action))
}

async fn deserialize<T: DeserializeOwned>(shared: &Shared, request: Request) -> Result<T, ApiError> {
    // Scripts of other origins can't send this media type without a preflight request.
    if !is_json(request.headers()) {
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json."));
    }
    let bytes = with_timeout(shared, read_body(request, MAX_BODY_BYTES)).await?;
    serde_json::from_slice(&bytes).map_err(|error| ApiError::bad_request(error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
