//! Endpoints under `/sandbox/` that control a running sandbox. The README lists them. All of them except `/sandbox/health` require
//! the API key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Json, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post, put};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::behavior;
use crate::call::{ApiError, require, respond};
use crate::faults::{Failure, Faults};
use crate::pipeline::{authorize, with_timeout};
use crate::settings::WebhookTarget;
use crate::shared::Shared;
use crate::state::Site;
use crate::validation::is_email;

mod activity;
mod records;

const MAX_BODY_BYTES: usize = 64 * 1024;

/// A JSON body, which must have the JSON content type. For this type, unlike for forms and plain text, browsers send a preflight
/// before they let a script on another website send the request.
type Body<T> = Result<Json<T>, JsonRejection>;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/sandbox/state", get(state))
        .route("/sandbox/faults", get(faults).put(set_faults))
        .route("/sandbox/failures", post(fail_next))
        .route("/sandbox/metrics", get(metrics))
        .route("/sandbox/clock", post(advance_clock))
        .merge(activity::router())
        .merge(records::router())
        .route("/sandbox/webhooks", put(set_webhooks))
        .route("/sandbox/loyalty_members", post(enroll))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(Arc::clone(shared), guard))
        .route("/sandbox/health", get(async || respond(Ok(Value::Null))))
        .with_state(Arc::clone(shared))
}

/// Checks the API key and limits the time for reading the body.
async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Result<Response, ApiError> {
    authorize(&shared, request.headers(), false)?;
    with_timeout(&shared, async { Ok(next.run(request).await) }).await
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::JsonDataError(error) => Self::bad_request(error.body_text()),
            other => Self::new(other.status(), other.body_text()),
        }
    }
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let describe = |site: &mut Site| {
        json!({
            "records": site.record_count(),
            "counts": site.counts().into_iter().collect::<BTreeMap<_, _>>(),
            "bytes": site.bytes(),
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
    respond(Ok(json!(shared.faults().faults)))
}

async fn set_faults(State(shared): State<Arc<Shared>>, body: Body<Faults>) -> Result<Response, ApiError> {
    let Json(faults) = body?;
    faults.check()?;
    shared.faults().set(faults.clone());
    Ok(respond(Ok(json!(faults))))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NextFailure {
    operation: String,
    failure: Failure,
    #[serde(default = "once")]
    times: u32,
}

fn once() -> u32 {
    1
}

async fn fail_next(State(shared): State<Arc<Shared>>, body: Body<NextFailure>) -> Result<Response, ApiError> {
    let Json(NextFailure { operation, failure, times }) = body?;
    shared.fail_next(&operation, failure, times)?;
    Ok(respond(Ok(Value::Null)))
}

async fn metrics() -> Response {
    let metric = |(name, unit, meaning): (String, _, String)| json!({ "name": name, "unit": unit, "meaning": meaning });
    respond(Ok(json!({ "metrics": behavior::metrics::list().into_iter().map(metric).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockAdvance {
    seconds: u64,
}

async fn advance_clock(State(shared): State<Arc<Shared>>, body: Body<ClockAdvance>) -> Result<Response, ApiError> {
    let Json(ClockAdvance { seconds }) = body?;
    let is_advanced = shared.clock.advance(Duration::from_secs(seconds));
    require(is_advanced, ApiError::bad_request("The clock can't be advanced past the year 9999."))?;
    Ok(respond(Ok(json!({ "now": shared.clock.now().to_rfc3339() }))))
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

async fn set_webhooks(State(shared): State<Arc<Shared>>, body: Body<WebhookSettings>) -> Result<Response, ApiError> {
    let Json(WebhookSettings { site_slug, url, key, types }) = body?;
    let Some(url) = url else {
        return change_site(&shared, &site_slug, Site::stop_webhooks);
    };
    let key = key.filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| ApiError::bad_request("`key` is required with `url`"))?;
    let target = WebhookTarget::new(&url, key)?.types(types)?;
    change_site(&shared, &site_slug, |site| site.send_webhooks_to(target))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enrollment {
    site_slug: String,
    email: String,
}

async fn enroll(State(shared): State<Arc<Shared>>, body: Body<Enrollment>) -> Result<Response, ApiError> {
    let Json(Enrollment { site_slug, email }) = body?;
    require(is_email(&email), ApiError::invalid("Email isn't valid"))?;
    change_site(&shared, &site_slug, |site| _ = site.enroll(&email))
}

fn change_site(shared: &Shared, slug: &str, change: impl FnOnce(&mut Site)) -> Result<Response, ApiError> {
    shared.with_site(slug, change).ok_or_else(ApiError::no_site)?;
    Ok(respond(Ok(Value::Null)))
}
