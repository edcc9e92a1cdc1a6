//! Helpers for all tests.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use talkable_api::Client;
use talkable_sandbox::{Clock, Sandbox};

/// The time at which the sandbox's clock is frozen.
pub(crate) const START: &str = "2026-01-02T12:00:00Z";

pub(crate) static HTTP: LazyLock<reqwest::Client> =
    LazyLock::new(|| plain_http().build().expect("the settings are valid"));

/// Returns a client builder without certificates, which are slow to load, and without a connection pool, since each
/// test has its own runtime.
pub(crate) fn plain_http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0)
}

/// Starts a sandbox that has a frozen clock and records calls.
pub(crate) async fn sandbox() -> Sandbox {
    let start = START.parse().expect("the time is valid");
    Sandbox::builder().clock(Clock::frozen_at(start)).record_calls().start().await.expect("there is a free port")
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    let builder = Client::builder().api_key(sandbox.api_key()).site_slug(sandbox.site_slug());
    builder.base_url(sandbox.url()).build().expect("the settings are valid")
}

/// Sends a request with the API key. Returns the status and the JSON body of the response, or null if the body is not JSON.
pub(crate) async fn send(sandbox: &Sandbox, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = HTTP.request(method, format!("{}{path}", sandbox.url()));
    let request = request.bearer_auth(sandbox.api_key());
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
        None => request,
    };
    let response = request.send().await.expect("the sandbox responds");
    let status = response.status().as_u16();
    let bytes = response.bytes().await.expect("the response is complete");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Sends a body to a path under `/api/v2`, for the `my-store` site.
pub(crate) async fn write(sandbox: &Sandbox, method: Method, path: &str, mut body: Value) -> (u16, Value) {
    body["site_slug"] = "my-store".into();
    send(sandbox, method, &format!("/api/v2{path}"), Some(&body)).await
}

pub(crate) async fn post(sandbox: &Sandbox, path: &str, data: Value) -> (u16, Value) {
    write(sandbox, Method::POST, path, json!({ "data": data })).await
}

pub(crate) async fn put(sandbox: &Sandbox, path: &str, data: Value) -> (u16, Value) {
    write(sandbox, Method::PUT, path, json!({ "data": data })).await
}

/// Returns the code of the demo shop's first offer.
pub(crate) fn offer_code(sandbox: &Sandbox) -> String {
    let code = sandbox.site("my-store", |site| site.offers().next().map(|offer| offer.short_url_code.clone()));
    code.expect("the demo shop has an offer")
}

/// Asserts that all responses so far match the description.
pub(crate) fn assert_responses_are_described(sandbox: &Sandbox) {
    let calls = sandbox.calls();
    assert!(!calls.is_empty(), "the sandbox recorded no calls");
    for call in calls {
        assert_eq!(
            call.violations(),
            Vec::<String>::new(),
            "{} returned {}: {}",
            call.operation,
            call.status,
            call.response
        );
    }
}

/// Waits up to 30 seconds for a condition.
pub(crate) async fn until(description: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("timed out before {description}");
}
