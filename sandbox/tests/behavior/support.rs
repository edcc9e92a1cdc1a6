//! What the tests share.

use std::sync::LazyLock;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use talkable_api::Client;
use talkable_sandbox::{Clock, Sandbox};

/// A Friday in winter.
pub(crate) const START: &str = "2026-01-02T12:00:00Z";

pub(crate) static HTTP: LazyLock<reqwest::Client> =
    LazyLock::new(|| plain_http().build().expect("the settings are complete"));

/// Certificates are not loaded, which takes longer than a test. Connections are not kept, since each test has a runtime of
/// its own.
pub(crate) fn plain_http() -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([]).pool_max_idle_per_host(0)
}

/// A sandbox whose clock stands, and which keeps the calls.
pub(crate) async fn sandbox() -> Sandbox {
    let start = START.parse().expect("it is a moment");
    Sandbox::builder().clock(Clock::frozen_at(start)).record_calls().start().await.expect("there is a free port")
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    let builder = Client::builder().api_key(sandbox.api_key()).site_slug(sandbox.site_slug());
    builder.base_url(sandbox.url()).build().expect("the settings are complete")
}

/// Sends a request with the key, and gives status and body; null if that is no JSON.
pub(crate) async fn send(sandbox: &Sandbox, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let request = HTTP.request(method, format!("{}{path}", sandbox.url()));
    let request = request.bearer_auth(sandbox.api_key());
    let request = match body {
        Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
        None => request,
    };
    let answer = request.send().await.expect("the sandbox answers");
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.expect("the answer is complete");
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Every answer so far is as the description has it.
pub(crate) fn assert_answers_are_described(sandbox: &Sandbox) {
    let calls = sandbox.calls();
    assert!(!calls.is_empty(), "the sandbox keeps no calls");
    for call in calls {
        assert_eq!(
            call.violations(),
            Vec::<String>::new(),
            "{} answered {}: {}",
            call.operation,
            call.status,
            call.response
        );
    }
}

/// Waits until something holds, for half a minute at most.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("still not: {what}");
}
