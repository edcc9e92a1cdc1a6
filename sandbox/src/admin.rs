//! What steers a running sandbox, outside of the API: `/sandbox/…`, with the same key.
//!
//! | request | does |
//! |---|---|
//! | `GET /sandbox/state` | tells the time, what was answered, and for each site its records and how its webhooks fare |
//! | `GET /sandbox/trouble` | tells what goes wrong at present |
//! | `PUT /sandbox/trouble` | makes trouble; what is left out is off |
//! | `POST /sandbox/clock` | puts the clock forward by `seconds` |
//! | `PUT /sandbox/webhooks` | sends the webhooks of `site_slug` to `url` with `key`, all or those of `types`; none without a `url` |
//! | `POST /sandbox/loyalty_members` | enrolls `email` in the loyalty program of `site_slug` |

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
use serde_json::{Value, json};

use crate::answer::{Outcome, Refusal, respond};
use crate::pipeline::{authorize, in_time, whole};
use crate::sandbox::Shared;
use crate::state::Site;
use crate::trouble::Trouble;
use crate::validation::is_email;
use crate::webhooks::WebhookTarget;

/// The most bytes of a request.
const MOST_BYTES: usize = 64 * 1024;

pub(crate) fn router(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/sandbox/state", get(state))
        .route("/sandbox/trouble", get(trouble).put(make_trouble))
        .route("/sandbox/clock", post(advance))
        .route("/sandbox/webhooks", put(webhooks))
        .route("/sandbox/loyalty_members", post(enroll))
        .layer(from_fn_with_state(Arc::clone(shared), guard))
        .with_state(Arc::clone(shared))
}

async fn guard(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    match authorize(&shared, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    }
}

async fn state(State(shared): State<Arc<Shared>>) -> Response {
    let of_site = |site: &mut Site| {
        json!({
            "records": site.records(),
            "webhooks_delivered": site.webhooks_delivered(),
            "webhooks_failed": site.webhooks_failed(),
            "webhooks_waiting": site.webhooks_waiting(),
            "last_webhook_failure": site.last_webhook_failure(),
        })
    };
    let slugs = shared.slugs();
    let sites = slugs.into_iter().filter_map(|slug| Some((shared.on_site(&slug, of_site)?, slug)));
    let sites: serde_json::Map<String, Value> = sites.map(|(state, slug)| (slug, state)).collect();
    let answered = shared.answered.load(Ordering::Relaxed);
    respond(StatusCode::OK, Ok(json!({ "answered": answered, "now": shared.clock.now().to_rfc3339(), "sites": sites })))
}

async fn trouble(State(shared): State<Arc<Shared>>) -> Response {
    respond(StatusCode::OK, Ok(json!(shared.troubles.current())))
}

async fn make_trouble(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    act(&shared, request, |trouble: Trouble| {
        trouble.check()?;
        shared.troubles.set(trouble.clone());
        Ok(json!(trouble))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

async fn advance(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    act(&shared, request, |Advance { seconds }| {
        if !shared.clock.try_advance(Duration::from_secs(seconds)) {
            return Err(Refusal::bad_request("The clock can't be put beyond the year 9999."));
        }
        Ok(json!({ "now": shared.clock.now().to_rfc3339() }))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Webhooks {
    site_slug: String,
    url: Option<String>,
    key: Option<String>,
    #[serde(default)]
    types: Vec<String>,
}

async fn webhooks(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    act(&shared, request, |Webhooks { site_slug, url, key, types }| {
        let target = url.map(|url| {
            let key = key.filter(|key| !key.is_empty());
            let key = key.ok_or_else(|| Refusal::bad_request("`key` is required with `url`"))?;
            Ok::<_, Refusal>(WebhookTarget::new(&url, key)?.types(types)?)
        });
        let target = target.transpose()?;
        on_site(&shared, &site_slug, |site| match target {
            Some(target) => site.send_webhooks_to(target),
            None => site.send_no_webhooks(),
        })
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Enroll {
    site_slug: String,
    email: String,
}

async fn enroll(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    act(&shared, request, |Enroll { site_slug, email }| {
        if !is_email(&email) {
            return Err(Refusal::invalid("Email isn't valid"));
        }
        on_site(&shared, &site_slug, |site| {
            site.enroll(&email);
        })
    })
    .await
}

fn on_site(shared: &Shared, slug: &str, change: impl FnOnce(&mut Site)) -> Outcome {
    shared.on_site(slug, change).map(|()| Value::Null).ok_or_else(Refusal::no_site)
}

/// Reads what is asked for, does it, and answers.
async fn act<T: DeserializeOwned>(shared: &Shared, request: Request, action: impl FnOnce(T) -> Outcome) -> Response {
    let asked = read(shared, request).await;
    respond(StatusCode::OK, asked.and_then(action))
}

async fn read<T: DeserializeOwned>(shared: &Shared, request: Request) -> Result<T, Refusal> {
    // Pages of other origins can't send this type without asking.
    if !is_json(request.headers()) {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be application/json."));
    }
    let bytes = in_time(shared, whole(request, MOST_BYTES)).await?;
    serde_json::from_slice(&bytes).map_err(|error| Refusal::bad_request(error.to_string()))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
