//! Conditions of a SQLite file: a full database, a long reader, and a busy writer.

use std::time::Duration;

use talkable_outbox::{Enqueued, State, sqlx};

use crate::api;
use crate::backend;
use crate::support::{Database, Running, purchase, worker};

#[tokio::test]
async fn a_full_database_rejects_entries_and_workers_continue_afterwards() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&database.pool).await.unwrap();
    // The limit belongs to a connection, so it needs a pool with one connection.
    let options = database.pool.connect_options().as_ref().clone().pragma("max_page_count", (pages + 4).to_string());
    let small = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
    let mut stored = Vec::new();
    for order in 0_i64.. {
        let mut transaction = small.begin_with("BEGIN IMMEDIATE").await.unwrap();
        let enqueued = database.outbox.enqueue(&mut *transaction, &purchase(&order.to_string())).await;
        let Ok(Enqueued::New(id)) = enqueued else { break };
        if transaction.commit().await.is_err() {
            break;
        }
        stored.push(id);
    }
    assert!(!stored.is_empty());
    let running = Running::start(worker(&database.outbox, server.url()));
    database.drained().await;
    running.stop().await;
    assert_eq!((processed.list().len(), processed.twice()), (stored.len(), Vec::new()));
}

#[tokio::test]
async fn a_long_reader_does_not_delay_a_worker() {
    let (server, _processed) = api::start_healthy();
    let database = Database::new().await;
    let id = database.add(&purchase("1")).await;
    let mut reader = database.pool.begin().await.unwrap();
    let _: i64 = sqlx::query_scalar("SELECT count(*) FROM talkable_outbox").fetch_one(&mut *reader).await.unwrap();
    let running = Running::start(worker(&database.outbox, server.url()));
    database.wait_for(id, State::Done).await;
    running.stop().await;
    reader.rollback().await.unwrap();
}

#[tokio::test]
async fn a_worker_waits_for_a_long_writer() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let id = database.add(&purchase("1")).await;
    let writer = backend::begin(&database.pool).await;
    let running = Running::start(worker(&database.outbox, server.url()));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(processed.list(), [""; 0]);
    writer.rollback().await.unwrap();
    database.wait_for(id, State::Done).await;
    running.stop().await;
}
