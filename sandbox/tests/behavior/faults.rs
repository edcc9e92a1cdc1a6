//! Tests of injected faults, as seen by clients.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use talkable_api::{ApiErrorKind, Error};
use talkable_sandbox::{Failure, Faults, RecordedCall, Sandbox};
use tokio::task::JoinHandle;

use crate::support::{HTTP, client, sandbox, send, until};

fn faults(set: impl FnOnce(&mut Faults)) -> Faults {
    let mut faults = Faults::default();
    set(&mut faults);
    faults
}

async fn find(sandbox: &Sandbox) -> reqwest::Result<reqwest::Response> {
    let url = format!("{}/api/v2/people/jane@example.com?site_slug=my-store", sandbox.url());
    HTTP.get(url).bearer_auth(sandbox.api_key()).send().await
}

#[tokio::test]
async fn throttled_requests_get_a_429_without_a_body() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| (it.requests_per_second, it.burst) = (Some(1.0), 2)));
    for status in [200, 200, 429] {
        assert_eq!(find(&sandbox).await?.status().as_u16(), status);
    }
    let throttled = find(&sandbox).await?;
    assert!(!throttled.headers().contains_key("retry-after") && !throttled.headers().contains_key("content-type"));
    assert_eq!(throttled.bytes().await?.len(), 0);
    sandbox.clock().advance(Duration::from_secs(1));
    assert_eq!(find(&sandbox).await?.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn the_client_waits_for_the_rate_limit() {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| (it.requests_per_second, it.burst) = (Some(1.0), 1)));
    let client = client(&sandbox);
    let calls = (0..3).map(|_| tokio::spawn(client.people().find("jane@example.com").send()));
    let calls: Vec<_> = calls.collect();
    let is_throttled = |call: &RecordedCall| call.status == 429;
    until("a call is throttled", || sandbox.calls().iter().any(is_throttled)).await;
    until("all calls complete", || {
        sandbox.clock().advance(Duration::from_secs(1));
        calls.iter().all(JoinHandle::is_finished)
    })
    .await;
    for call in calls {
        assert!(call.await.expect("the call doesn't panic").is_ok());
    }
}

#[tokio::test]
async fn server_errors_are_html_pages() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| it.server_errors = 1.0));
    let response = find(&sandbox).await?;
    assert!(response.status().is_server_error());
    assert!(response.text().await?.starts_with("<html>"));
    let failed = client(&sandbox).people().find("jane@example.com").attempts(1).await;
    assert!(matches!(failed, Err(Error::Api(error)) if error.kind() == ApiErrorKind::Server));
    Ok(())
}

#[tokio::test]
async fn drops_truncates_and_trickles_responses() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| it.dropped = 1.0));
    assert!(find(&sandbox).await.is_err());
    sandbox.set_faults(faults(|it| it.truncated = 1.0));
    assert!(find(&sandbox).await?.bytes().await.is_err());
    sandbox.set_faults(faults(|it| (it.trickled, it.trickle_bytes_per_second) = (1.0, 20_000)));
    let body = find(&sandbox).await?.bytes().await?;
    assert!(body.ends_with(b"}"));
    Ok(())
}

#[tokio::test]
async fn sets_faults_over_http() {
    let sandbox = sandbox().await;
    let faults = json!({ "server_errors": 1.0, "seed": 7 });
    let (status, response) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&faults)).await;
    assert_eq!((status, &response["result"]["server_errors"]), (200, &json!(1.0)));
    let (status, _) = send(&sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await;
    assert!(status >= 500);
    let (status, response) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&json!({ "nonsense": 1 }))).await;
    assert_eq!(status, 400, "{response}");
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/state", None).await;
    assert_eq!(response["result"]["responses_sent"], 3, "{response}");
    let without_key = HTTP.get(format!("{}/sandbox/state", sandbox.url())).send().await;
    assert_eq!(without_key.expect("the sandbox responds").status().as_u16(), 401);
}

#[tokio::test]
async fn advances_the_clock_over_http() {
    let sandbox = sandbox().await;
    let (status, response) = send(&sandbox, Method::POST, "/sandbox/clock", Some(&json!({ "seconds": 3600 }))).await;
    assert_eq!((status, &response["result"]["now"]), (200, &json!("2026-01-02T13:00:00+00:00")));
    for seconds in [json!(1_000_000_000_000_u64), json!(u64::MAX), json!(1e12), json!(-1)] {
        let (status, response) =
            send(&sandbox, Method::POST, "/sandbox/clock", Some(&json!({ "seconds": seconds }))).await;
        assert_eq!(status, 400, "{response}");
    }
}

#[tokio::test]
async fn rejects_invalid_faults_over_http() {
    let sandbox = sandbox().await;
    for faults in [
        json!({ "server_errors": 50 }),
        json!({ "dropped": -0.1 }),
        json!({ "server_errors": 0.6, "truncated": 0.6 }),
        json!({ "requests_per_second": -1 }),
    ] {
        let (status, response) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&faults)).await;
        assert_eq!(status, 400, "{faults}: {response}");
    }
    let (_, response) = send(&sandbox, Method::GET, "/sandbox/faults", None).await;
    assert_eq!(response["result"]["server_errors"], 0.0, "{response}");
}

#[tokio::test]
async fn the_next_calls_of_an_operation_fail() {
    let sandbox = sandbox().await;
    let find = async || {
        let url = format!("{}/api/v2/people/jane@example.com?site_slug=my-store", sandbox.url());
        let response = HTTP.get(url).bearer_auth(sandbox.api_key()).send().await.ok()?;
        let retry_after = response.headers().get("retry-after").cloned();
        let status = response.status().as_u16();
        response.bytes().await.ok()?;
        Some((status, retry_after.and_then(|value| value.to_str().ok()?.parse::<u64>().ok())))
    };
    sandbox.fail_next("findPerson", Failure::Status(503), 2);
    sandbox.fail_next("findPerson", Failure::RetryAfter(7), 1);
    sandbox.fail_next("findPerson", Failure::Dropped, 1);
    sandbox.fail_next("findPerson", Failure::DroppedAfterProcessing, 1);
    sandbox.fail_next("findPerson", Failure::Truncated, 1);
    let others = send(&sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await.0;
    assert_eq!(others, 200, "other operations don't fail");
    let without_key = HTTP.get(format!("{}/api/v2/people/jane@example.com?site_slug=my-store", sandbox.url()));
    assert_eq!(without_key.send().await.expect("the sandbox responds").status().as_u16(), 401);
    sandbox.set_faults(Faults::default());
    assert_eq!(send(&sandbox, Method::PUT, "/sandbox/faults", Some(&json!({}))).await.0, 200);
    for expected in [Some((503, None)), Some((503, None)), Some((429, Some(7))), None, None, None, Some((200, None))] {
        assert_eq!(find().await, expected);
    }
    let body = json!({ "operation": "findPerson", "failure": { "status": 500 } });
    assert_eq!(send(&sandbox, Method::POST, "/sandbox/failures", Some(&body)).await.0, 200);
    assert_eq!((find().await, find().await), (Some((500, None)), Some((200, None))));
    for (operation, status) in [("nothing", 500), ("findPerson", 99)] {
        let body = json!({ "operation": operation, "failure": { "status": status } });
        assert_eq!(send(&sandbox, Method::POST, "/sandbox/failures", Some(&body)).await.0, 400);
    }
}
