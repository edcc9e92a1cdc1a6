//! Conditions of a SQLite file: a full database, a long reader, and a busy writer.

use std::time::Duration;

use talkable_outbox::sqlx::sqlite::SqlitePoolOptions;
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
    let small = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.unwrap();
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

/// The SQLite of Python is usually older than the one that this crate contains.
#[tokio::test]
async fn python_enqueues_entries() {
    const SCRIPT: &str = "import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
print(len(db.execute(sys.argv[2], [sys.argv[3]]).fetchall()))
db.commit()";
    let database = Database::new().await;
    let entries = serde_json::json!([purchase("1").to_json(), purchase("2").to_json()]).to_string();
    let mut command = std::process::Command::new("python3");
    let Ok(output) = command.args(["-c", SCRIPT, &database.location, backend::ENQUEUE, &entries]).output() else {
        return;
    };
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "2", "{output:?}");
    let due = "SELECT count(*) FROM talkable_outbox WHERE abs(due - created) < 1000 AND created > 1700000000000";
    let due: i64 = sqlx::query_scalar(due).fetch_one(&database.pool).await.unwrap();
    assert_eq!(due, 2);
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

#[tokio::test]
async fn a_worker_with_a_full_database_continues_when_there_is_space() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    sqlx::query("CREATE TABLE filler (data BLOB)").execute(&database.pool).await.unwrap();
    sqlx::query("INSERT INTO filler VALUES (zeroblob(400000))").execute(&database.pool).await.unwrap();
    let orders: Vec<_> = (0..1000).map(|order| purchase(&order.to_string())).collect();
    database.add_all(&orders).await;
    let pages = database.count("SELECT page_count FROM pragma_page_count").await;
    let options = backend::options(&database.location).pragma("max_page_count", pages.to_string());
    let small = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    // So many leases need a further page of their index.
    let outbox = talkable_outbox::Outbox::sqlite(small.clone());
    let running = Running::start(worker(&outbox, server.url()).concurrency(1000));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!((processed.len(), database.outbox.stats().await.unwrap().ready), (0, 1000));
    let full = sqlx::query("INSERT INTO filler VALUES (zeroblob(10000))").execute(&small).await.unwrap_err();
    assert!(full.to_string().contains("full"), "{full}");
    sqlx::query("DELETE FROM filler").execute(&database.pool).await.unwrap();
    database.drained().await;
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead, stats.doubtful), (0, 0));
    assert_eq!((processed.len(), processed.twice()), (1000, Vec::new()));
}

/// The busy timeout ends before the other writer does, so turns and marks fail.
#[tokio::test]
async fn a_worker_continues_after_the_database_was_busy_for_too_long() {
    let (server, processed) = api::start_healthy();
    let database = Database::new().await;
    let options = backend::options(&database.location).busy_timeout(Duration::from_millis(50));
    let pool = SqlitePoolOptions::new().connect_with(options).await.unwrap();
    let outbox = talkable_outbox::Outbox::sqlite(pool);
    let running = Running::start(worker(&outbox, server.url()).max_attempts(1));
    for round in 0..5 {
        let orders: Vec<_> = (0..40).map(|order| purchase(&format!("{round}-{order}"))).collect();
        database.add_all(&orders).await;
        tokio::time::sleep(Duration::from_millis(5 + 3 * round)).await;
        let writer = backend::begin(&database.pool).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        writer.rollback().await.unwrap();
    }
    database.drained().await;
    running.stop().await;
    let stats = database.outbox.stats().await.unwrap();
    assert_eq!((stats.dead, stats.doubtful), (0, 0));
    assert_eq!((processed.len(), processed.twice()), (200, Vec::new()));
}
