//! Faults of the API: rate limits, and responses that can't be read.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use fake_server::{Reply, json, with_headers};
use talkable_outbox::{State, Worker};

use crate::api::{self, success};
use crate::support::{Database, Running, purchase, update, worker};

/// Fails after the first failed attempt that counts.
fn strict_worker(database: &Database, url: &str) -> Worker {
    worker(&database.outbox, url).max_attempts(1)
}

#[tokio::test]
async fn a_storm_of_429_burns_no_attempt() {
    let began = Instant::now();
    let storm = Duration::from_secs(5);
    let (server, processed) = api::start(move |request, number, processed| {
        // Afterwards, every tenth request is throttled.
        if began.elapsed() < storm || number % 10 == 0 {
            return with_headers(429, "", "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let orders: Vec<_> = (0..60).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let running = Running::start(strict_worker(&database, server.url()));
    tokio::time::sleep(storm.saturating_sub(began.elapsed())).await;
    let requests = server.requests().len();
    assert!(requests < 100, "{requests} requests in the storm");
    database.drained().await;
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((processed.len(), processed.twice(), stats.dead, stats.doubtful), (60, Vec::new(), 0, 0));
    assert_eq!(database.count("SELECT CAST(sum(attempts) AS BIGINT) FROM talkable_outbox").await, 0);
}

#[tokio::test]
async fn a_retry_after_of_seven_seconds_delays_the_site_by_seven_seconds() {
    let first: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let (server, processed) = api::start(move |request, _, processed| {
        let remaining = Duration::from_secs(7).saturating_sub(first.get_or_init(Instant::now).elapsed());
        if remaining > Duration::ZERO {
            return with_headers(429, &format!("Retry-After: {}\r\n", remaining.as_secs() + 1), "");
        }
        processed.add(request);
        success()
    });
    let database = Database::new().await;
    let orders: Vec<_> = (0..100).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let began = Instant::now();
    let running = Running::start(strict_worker(&database, server.url()));
    database.drained().await;
    let (elapsed, requests) = (began.elapsed(), server.requests().len());
    running.stop().await;
    println!("{requests} requests for 100 purchases in {elapsed:?}");
    assert!(elapsed >= Duration::from_secs(7) && elapsed < Duration::from_secs(15), "{elapsed:?}");
    // The first 16 calls are sent before the first response.
    assert!(requests <= 100 + 16 + 4, "{requests}");
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((processed.len(), processed.twice(), stats.dead, stats.doubtful), (100, Vec::new(), 0, 0));
    assert_eq!(database.count("SELECT CAST(sum(attempts) AS BIGINT) FROM talkable_outbox").await, 0);
}

#[tokio::test]
async fn a_retry_after_of_an_hour_holds_the_site_for_all_workers() {
    let (server, processed) = api::start(|request, number, processed| {
        if number == 0 {
            return with_headers(429, "Retry-After: 3600\r\n", "");
        }
        processed.add(request);
        success()
    });
    let mut database = Database::new().await;
    let time = Arc::new(AtomicI64::new(1_800_000_000_000));
    let clock = Arc::clone(&time);
    database.outbox = database.outbox.clone().clock(Arc::new(move || clock.load(Ordering::SeqCst)));
    let id = database.add(&purchase("1")).await;
    let running = Running::start(strict_worker(&database, server.url()).concurrency(1));
    database.paused("throttled").await;
    running.stop().await;
    // A process that starts now has a new throttle, but waits for the pause in the database.
    let running = Running::start(strict_worker(&database, server.url()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    time.fetch_add(3_590_000, Ordering::SeqCst);
    database.add(&update("jane@example.com")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((database.state(id).await, server.requests().len()), (State::Ready, 1));
    time.fetch_add(10_000, Ordering::SeqCst);
    database.drained().await;
    running.stop().await;
    assert_eq!((database.state(id).await, processed.len(), server.requests().len()), (State::Done, 2, 3));
    assert_eq!(database.count("SELECT CAST(sum(attempts) AS BIGINT) FROM talkable_outbox").await, 0);
}

#[tokio::test]
async fn a_purchase_with_an_unreadable_response_is_not_sent_again() {
    let (server, processed) = api::start(|request, number, processed| {
        processed.add(request);
        match number {
            0 => json(200, r#"{"ok":true,"result":7}"#),
            // Perhaps the response of a proxy.
            1 => with_headers(200, "", "<html>"),
            // The response ends early.
            2 => Reply::close("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"ok\":true"),
            _ => success(),
        }
    });
    let database = Database::new().await;
    let ids = database.add_all(&[purchase("1"), purchase("2"), purchase("3"), purchase("4")]).await;
    let running = Running::start(worker(&database.outbox, server.url()).concurrency(1));
    database.drained().await;
    running.stop().await;
    for (id, state) in ids.into_iter().zip([State::Done, State::Doubtful, State::Doubtful, State::Done]) {
        assert_eq!(database.state(id).await, state, "{id}");
    }
    assert_eq!(processed.list(), ["create 1", "create 2", "create 3", "create 4"]);
}
