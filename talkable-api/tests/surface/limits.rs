//! Limits of a client and of a single call.

use std::time::{Duration, Instant};

use talkable_api::{ApiErrorKind, Client, ClientBuilder, Error};

use crate::server::{Server, good, json, with_headers};
use crate::{KEY, argument, create, find, refused};

fn builder() -> ClientBuilder {
    Client::builder().api_key(KEY).site_slug("my-store")
}

/// The attempts of a call that ended with a 429 for an answer.
fn final_429(error: &Error) -> u32 {
    assert!(matches!(error, Error::Api(error) if error.kind() == ApiErrorKind::TooManyRequests), "{error:?}");
    assert!(error.is_throttled() && error.status() == Some(429));
    error.attempts()
}

#[test]
fn limits_that_allow_nothing_are_refused() {
    for (builder, name) in [
        (builder().attempts(0), "attempts"),
        (builder().pause_cap(Duration::ZERO), "pause_cap"),
        (builder().initial_window(0), "initial_window"),
        (builder().json_depth_limit(0), "json_depth_limit"),
        (builder().json_depth_limit(128), "json_depth_limit"),
    ] {
        assert_eq!(argument(&builder.build().unwrap_err()), name);
    }
    builder().pause_cap(Duration::MAX).initial_window(usize::MAX).attempts(u32::MAX).build().unwrap();
}

#[tokio::test]
async fn attempts_are_limited_by_client_and_call() {
    for (client, call, expected) in [(None, Some(1), 1), (None, Some(3), 3), (Some(2), None, 2), (Some(2), Some(4), 4)]
    {
        let server = Server::start([refused()]).await;
        let builder = client.map_or(server.builder(), |attempts| server.builder().attempts(attempts));
        let mut create = create(&builder.build().unwrap()).deadline(Duration::from_secs(60));
        if let Some(attempts) = call {
            create = create.attempts(attempts);
        }
        assert_eq!(final_429(&create.await.unwrap_err()), expected);
        assert_eq!(server.seen().len(), usize::try_from(expected).unwrap());
    }
    let server = Server::start([json(503, "")]).await;
    for (attempts, expected) in [(1, 1), (2, 2), (9, 3)] {
        assert_eq!(find(&server.client()).attempts(attempts).await.unwrap_err().attempts(), expected);
    }
    assert_eq!(argument(&find(&server.client()).attempts(0).await.unwrap_err()), "attempts");
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn without_a_throttle_a_429_is_an_answer() {
    let server = Server::start([with_headers(429, "Retry-After: 600\r\n", "")]).await;
    let client = server.builder().throttle_off().build().unwrap();
    for client in [&client, &client, &client.for_site("other")] {
        assert_eq!(final_429(&create(client).await.unwrap_err()), 1);
    }
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn an_urgent_call_passes_a_throttled_site() {
    let server = Server::start([with_headers(429, "Retry-After: 600\r\n", ""), good()]).await;
    let client = server.client();
    let soon = Duration::from_secs(5);
    let error = create(&client).deadline(soon).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { .. }), "{error:?}");
    assert_eq!(client.throttle().refused, 1);
    create(&client).throttle_off().await.unwrap();
    let error = create(&client).deadline(soon).await.unwrap_err();
    assert!(matches!(error, Error::Throttled { attempts: 0, .. }), "{error:?}");
    assert_eq!((client.throttle().refused, client.throttle().in_flight, server.seen().len()), (1, 0, 2));
}

#[tokio::test]
async fn a_call_gives_up_rather_than_wait_longer_than_it_wants() {
    let server = Server::start([with_headers(429, "Retry-After: 30\r\n", "")]).await;
    let client = server.client();
    let start = Instant::now();
    for attempts in [1, 0] {
        let error = create(&client).pause_cap(Duration::from_secs(2)).await.unwrap_err();
        assert!(error.is_throttled() && error.attempts() == attempts, "{error:?}");
    }
    let server = Server::start([with_headers(503, "Retry-After: 30\r\n", "")]).await;
    let error = find(&server.client()).pause_cap(Duration::from_secs(2)).await.unwrap_err();
    assert_eq!((error.status(), error.attempts()), (Some(503), 1));
    assert!(start.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_body_may_be_nested_no_deeper_than_is_wanted() {
    let nested = |levels: usize| {
        let list = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        json(200, &format!(r#"{{"ok":true,"result":{{"name":"Jane","more":{list}}}}}"#))
    };
    let server = Server::start([nested(2), nested(3), nested(100_000), nested(3)]).await;
    let client = server.builder().json_depth_limit(4).build().unwrap();
    find(&client).await.unwrap();
    for _ in 0..2 {
        let Err(Error::Decode(error)) = find(&client).await else { panic!("it is too deep") };
        assert!(error.pointer().starts_with("/result/more/0") && error.reason().contains("json_depth_limit"));
    }
    find(&server.client()).await.unwrap();
}

#[tokio::test]
async fn what_a_site_is_throttled_by_can_be_seen() {
    let server = Server::start([refused(), good()]).await;
    let client = server.client();
    create(&client).await.unwrap();
    for client in [&client.clone(), &client.for_site("my-store")] {
        let status = client.throttle();
        assert_eq!((status.refused, status.waiting, status.in_flight), (1, 0, 0), "{status:?}");
    }
    assert_eq!(client.for_site("other").throttle().refused, 0);
}
