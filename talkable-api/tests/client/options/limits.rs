//! Limits on attempts, pauses, times and sizes, set for a client or a single call.

use std::time::{Duration, Instant};

use fake_server::{Reply, Server, json, with_headers};
use talkable_api::{ApiErrorKind, CallInfo, Error, TransportErrorKind};

use crate::{Connect as _, GOOD, argument, assert_discreet, create, find, found, good, refused, settings};

const OK_HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const SHORT: Duration = Duration::from_millis(60);

fn kind(error: &Error) -> TransportErrorKind {
    assert_discreet(error);
    let Error::Transport(error) = error else { panic!("expected a transport error: {error:?}") };
    error.kind()
}

/// Returns the number of attempts of a call. Asserts that its last response was a 429.
fn final_429(error: &Error) -> u32 {
    assert!(matches!(error, Error::Api(error) if error.kind() == ApiErrorKind::TooManyRequests), "{error:?}");
    assert!(error.is_retryable());
    attempts(error)
}

fn attempts(error: &Error) -> u32 {
    error.info().map_or(0, CallInfo::attempts)
}

#[test]
fn rejects_limits_out_of_range() {
    for (builder, name) in [
        (settings().attempts(0), "attempts"),
        (settings().pause_cap(Duration::ZERO), "pause_cap"),
        (settings().initial_window(0), "initial_window"),
        (settings().json_depth_limit(0), "json_depth_limit"),
        (settings().json_depth_limit(128), "json_depth_limit"),
    ] {
        assert_eq!(argument(&builder.build().unwrap_err()), name);
    }
    settings().pause_cap(Duration::MAX).initial_window(usize::MAX).attempts(u32::MAX).build().unwrap();
}

#[tokio::test]
async fn a_call_overrides_the_attempts_of_its_client() {
    for (client, call, expected) in [(None, Some(1), 1), (None, Some(3), 3), (Some(2), None, 2), (Some(2), Some(4), 4)]
    {
        let server = Server::script([refused()]);
        let builder = client.map_or(server.builder(), |attempts| server.builder().attempts(attempts));
        let mut create = create(&builder.build().unwrap()).deadline(Duration::from_secs(60));
        if let Some(attempts) = call {
            create = create.attempts(attempts);
        }
        assert_eq!(final_429(&create.await.unwrap_err()), expected);
        assert_eq!(server.requests().len(), usize::try_from(expected).unwrap());
    }
    let server = Server::script([json(503, "")]);
    for attempts in [1, 2, 5] {
        assert_eq!(self::attempts(&find(&server.client()).attempts(attempts).await.unwrap_err()), attempts);
    }
    assert_eq!(attempts(&find(&server.client()).await.unwrap_err()), 3);
    assert_eq!(argument(&find(&server.client()).attempts(0).await.unwrap_err()), "attempts");
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test]
async fn a_429_is_final_without_a_throttle() {
    let server = Server::script([with_headers(429, "Retry-After: 600\r\n", "")]);
    let client = server.builder().throttle_off().build().unwrap();
    for client in [&client, &client, &client.for_site("other")] {
        assert_eq!(final_429(&create(client).await.unwrap_err()), 1);
    }
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_call_can_bypass_the_throttle() {
    let server = Server::script([with_headers(429, "Retry-After: 600\r\n", ""), good()]);
    let client = server.client();
    let soon = Duration::from_secs(5);
    let error = create(&client).deadline(soon).await.unwrap_err();
    assert!(matches!(error, Error::Throttled(_)), "{error:?}");
    assert_eq!(client.throttle().refused, 1);
    create(&client).throttle_off().await.unwrap();
    let error = create(&client).deadline(soon).await.unwrap_err();
    assert!(matches!(error, Error::Throttled(_)) && attempts(&error) == 0, "{error:?}");
    assert_eq!((client.throttle().refused, client.throttle().in_flight, server.requests().len()), (1, 0, 2));
}

#[tokio::test]
async fn a_call_fails_if_its_pause_exceeds_pause_cap() {
    let server = Server::script([with_headers(429, "Retry-After: 30\r\n", "")]);
    let client = server.client();
    let start = Instant::now();
    for attempts in [1, 0] {
        let error = create(&client).pause_cap(Duration::from_secs(2)).await.unwrap_err();
        assert!(matches!(error, Error::Throttled(_)) && self::attempts(&error) == attempts, "{error:?}");
    }
    let server = Server::script([with_headers(503, "Retry-After: 30\r\n", "")]);
    let error = find(&server.client()).pause_cap(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!((error.status(), attempts(&error)), (Some(503), 1));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn json_deeper_than_the_limit_is_a_decode_error() {
    let nested = |levels: usize| {
        let list = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        json(200, &format!(r#"{{"ok":true,"result":{{"name":"Jane","more":{list}}}}}"#))
    };
    let server = Server::script([nested(2), nested(3), nested(100_000), nested(3)]);
    let client = server.builder().json_depth_limit(4).build().unwrap();
    find(&client).await.unwrap();
    for _ in 0..2 {
        let Err(Error::Decode(error)) = find(&client).await else { panic!("expected a decode error") };
        assert!(error.pointer().starts_with("/result/more/0") && error.reason().contains("json_depth_limit"));
    }
    find(&server.client()).await.unwrap();
}

#[tokio::test]
async fn each_site_has_its_own_throttle_status() {
    let server = Server::script([refused(), good()]);
    let client = server.client();
    create(&client).await.unwrap();
    for client in [&client.clone(), &client.for_site("my-store")] {
        let status = client.throttle();
        assert_eq!((status.refused, status.waiting, status.in_flight), (1, 0, 0), "{status:?}");
    }
    assert_eq!(client.for_site("other").throttle().refused, 0);
}

#[tokio::test]
async fn the_timeout_covers_the_whole_response() {
    let head = format!("{OK_HEAD}Content-Length: 1000000\r\n\r\n");
    let server = Server::script([Reply::drip(head, "1", Duration::from_millis(10))]);
    let client = server.builder().read_timeout(SHORT).build().unwrap();
    let start = Instant::now();
    let error = create(&client).timeout(SHORT * 3).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::Timeout);
    assert!(start.elapsed() >= SHORT * 3 && start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn the_deadline_ends_a_silent_call() {
    let server = Server::script([Reply::hang("")]);
    let start = Instant::now();
    let error = find(&server.client()).deadline(SHORT).await.unwrap_err();
    assert_eq!((kind(&error), attempts(&error)), (TransportErrorKind::Timeout, 1));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_response_over_the_size_limit_is_not_read_completely() {
    let spaces = " ".repeat(0x4000);
    for (header, again) in [
        ("Content-Length: 2000000000", spaces.clone()),
        ("Transfer-Encoding: chunked", format!("4000\r\n{spaces}\r\n")),
    ] {
        let reply = Reply::drip(format!("{OK_HEAD}{header}\r\n\r\n"), again, Duration::ZERO);
        let server = Server::script([reply]);
        let client = server.builder().response_limit(100_000).build().unwrap();
        let error = find(&client).await.unwrap_err();
        assert_eq!((kind(&error), attempts(&error)), (TransportErrorKind::TooLarge, 1));
        assert!(error.to_string().contains("exceeds response_limit"));
    }
}

#[tokio::test]
async fn the_size_limit_is_inclusive() {
    let server = Server::script([good()]);
    let client = |limit| server.builder().response_limit(limit).build().unwrap();
    assert_eq!(find(&client(GOOD.len())).await.unwrap(), found());
    let error = find(&client(GOOD.len() - 1)).await.unwrap_err();
    assert_eq!(kind(&error), TransportErrorKind::TooLarge);
}
