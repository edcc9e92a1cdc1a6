//! All connections of the pool are in use.

use std::time::Duration;

use talkable_outbox::{State, sqlx};

use crate::api;
use crate::backend::{self, Pool};
use crate::support::{Database, Running, eventually, purchase, worker};

/// Takes all free connections of the pool.
async fn exhaust(pool: &Pool) -> Vec<impl Drop + use<>> {
    let mut connections = Vec::new();
    loop {
        match pool.acquire().await {
            Ok(connection) => connections.push(connection),
            Err(sqlx::Error::PoolTimedOut) => return connections,
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn a_worker_waits_for_connections_and_burns_no_attempt() {
    // The API holds each request for a moment, so that calls are in flight when the connections are taken.
    let (server, processed) = api::start_slow(Duration::from_millis(20));
    let database = Database::new().await;
    let (pool, outbox) = backend::open_with(&database.location, 4, Duration::from_millis(200)).await;
    let held = exhaust(&pool).await;
    assert_eq!(held.len(), 4);
    let first = database.add(&purchase("first")).await;
    let running = Running::start(worker(&outbox, server.url()).max_attempts(1).concurrency(2));
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((database.state(first).await, processed.len()), (State::Ready, 0));
    drop(held);
    database.wait_for(first, State::Done).await;

    let orders: Vec<_> = (0..200).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    for calls in [20, 60, 100] {
        eventually(async || processed.len() >= calls, "calls are sent").await;
        let held = exhaust(&pool).await;
        assert!(!held.is_empty());
        let sent = processed.len();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(processed.len(), sent, "nothing is sent without a connection for the mark");
        drop(held);
    }
    database.drained().await;
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead, stats.doubtful), (0, 0));
    assert_eq!((processed.len(), processed.twice()), (201, Vec::new()));
    assert_eq!(database.count("SELECT CAST(sum(attempts) AS BIGINT) FROM talkable_outbox").await, 0);
}
