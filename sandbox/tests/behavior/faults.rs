//! Faults on demand, as a client meets it.

use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use talkable_api::{ApiErrorKind, Error};
use talkable_sandbox::{Faults, RecordedCall, Sandbox};
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
async fn throttled_requests_get_a_bare_refusal() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| (it.requests_per_second, it.burst) = (Some(1.0), 2)));
    for status in [200, 200, 429] {
        assert_eq!(find(&sandbox).await?.status().as_u16(), status);
    }
    let refused = find(&sandbox).await?;
    assert!(!refused.headers().contains_key("retry-after") && !refused.headers().contains_key("content-type"));
    assert_eq!(refused.bytes().await?.len(), 0);
    sandbox.clock().advance(Duration::from_secs(1));
    assert_eq!(find(&sandbox).await?.status().as_u16(), 200);
    Ok(())
}

#[tokio::test]
async fn the_client_waits_until_it_is_let_in() {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| (it.requests_per_second, it.burst) = (Some(1.0), 1)));
    let client = client(&sandbox);
    let calls = (0..3).map(|_| tokio::spawn(client.people().find("jane@example.com").into_future()));
    let calls: Vec<_> = calls.collect();
    let is_refused = |call: &RecordedCall| call.status == 429;
    until("somebody was refused", || sandbox.calls().iter().any(is_refused)).await;
    until("everybody was answered", || {
        sandbox.clock().advance(Duration::from_secs(1));
        calls.iter().all(JoinHandle::is_finished)
    })
    .await;
    for call in calls {
        assert!(call.await.expect("it doesn't panic").is_ok());
    }
}

#[tokio::test]
async fn server_errors_are_pages() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| it.server_errors = 1.0));
    let answer = find(&sandbox).await?;
    assert!(answer.status().is_server_error());
    assert!(answer.text().await?.starts_with("<html>"));
    let failed = client(&sandbox).people().find("jane@example.com").attempts(1).await;
    assert!(matches!(failed, Err(Error::Api(error)) if error.kind() == ApiErrorKind::Server));
    Ok(())
}

#[tokio::test]
async fn answers_are_dropped_truncated_and_trickled() -> reqwest::Result<()> {
    let sandbox = sandbox().await;
    sandbox.set_faults(faults(|it| it.dropped = 1.0));
    assert!(find(&sandbox).await.is_err());
    sandbox.set_faults(faults(|it| it.truncated = 1.0));
    assert!(find(&sandbox).await?.bytes().await.is_err());
    sandbox.set_faults(faults(|it| (it.trickled, it.trickle_bytes_per_second) = (1.0, 20_000)));
    let whole = find(&sandbox).await?.bytes().await?;
    assert!(whole.ends_with(b"}"));
    Ok(())
}

#[tokio::test]
async fn trouble_is_made_over_http_too() {
    let sandbox = sandbox().await;
    let asked = json!({ "server_errors": 1.0, "seed": 7 });
    let (status, answer) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&asked)).await;
    assert_eq!((status, &answer["result"]["server_errors"]), (200, &json!(1.0)));
    let (status, _) = send(&sandbox, Method::GET, "/api/v2/campaigns?site_slug=my-store", None).await;
    assert!(status >= 500);
    let (status, answer) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&json!({ "nonsense": 1 }))).await;
    assert_eq!(status, 400, "{answer}");
    let (_, answer) = send(&sandbox, Method::GET, "/sandbox/state", None).await;
    assert_eq!(answer["result"]["responses_sent"], 3, "{answer}");
    let foreign = HTTP.get(format!("{}/sandbox/state", sandbox.url())).send().await;
    assert_eq!(foreign.expect("the sandbox answers").status().as_u16(), 401);
}

#[tokio::test]
async fn the_clock_is_put_forward_over_http() {
    let sandbox = sandbox().await;
    let (status, answer) = send(&sandbox, Method::POST, "/sandbox/clock", Some(&json!({ "seconds": 3600 }))).await;
    assert_eq!((status, &answer["result"]["now"]), (200, &json!("2026-01-02T13:00:00+00:00")));
    for seconds in [json!(1_000_000_000_000_u64), json!(u64::MAX), json!(1e12), json!(-1)] {
        let (status, answer) =
            send(&sandbox, Method::POST, "/sandbox/clock", Some(&json!({ "seconds": seconds }))).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn shares_are_held_against_each_other() {
    let sandbox = sandbox().await;
    for asked in [
        json!({ "server_errors": 50 }),
        json!({ "dropped": -0.1 }),
        json!({ "server_errors": 0.6, "truncated": 0.6 }),
        json!({ "requests_per_second": -1 }),
    ] {
        let (status, answer) = send(&sandbox, Method::PUT, "/sandbox/faults", Some(&asked)).await;
        assert_eq!(status, 400, "{asked}: {answer}");
    }
    let (_, answer) = send(&sandbox, Method::GET, "/sandbox/faults", None).await;
    assert_eq!(answer["result"]["server_errors"], 0.0, "{answer}");
}
