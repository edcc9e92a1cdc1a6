//! The number of queries of a worker that has nothing to do.

use std::cell::Cell;
use std::sync::Once;
use std::time::Duration;

use talkable_outbox::{Worker, sqlx};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::api;
use crate::backend;
use crate::server::Server;
use crate::support::{Database, Running, client, update};

thread_local! {
    /// The statements that sqlx logged on this thread, which runs all tasks of one test.
    static QUERIES: Cell<u32> = const { Cell::new(0) };
}

/// Counts statements. It is the subscriber of all tests, because concurrent changes of the subscriber lose events.
struct Counter;

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        QUERIES.set(QUERIES.get() + 1);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn start_counting() {
    static COUNTER: Once = Once::new();
    COUNTER.call_once(|| tracing::subscriber::set_global_default(Counter).unwrap());
}

/// Creates a database that other tests do not use.
async fn own_database(server: &Server) -> Database {
    server.ready().await;
    let database = Database::open(&backend::create_in(server).await).await;
    database.outbox.migrate().await.unwrap();
    database
}

#[tokio::test]
async fn an_idle_worker_sends_few_queries() {
    start_counting();
    let (server, _processed) = api::start_healthy();
    let own = Server::start();
    let database = own_database(&own).await;
    let other = Database::open(&database.location).await;
    let id = other.add(&update("jane@example.com")).await;
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    database.wait_for(id, talkable_outbox::State::Done).await;
    let before = QUERIES.replace(0);
    tokio::time::sleep(Duration::from_secs(12)).await;
    let count = QUERIES.get();
    running.stop().await;
    println!("{count} queries in 12 seconds while idle");
    assert!(before > 0 && count <= 2 * 12, "{before} {count}");
}

#[tokio::test]
async fn a_worker_of_a_paused_site_sends_few_queries() {
    start_counting();
    let (server, _processed) = api::start_healthy();
    let own = Server::start();
    let database = own_database(&own).await;
    let pause =
        "INSERT INTO talkable_outbox_pause VALUES ('my-store', talkable_outbox_now() + 3600000, 'throttled', 0)";
    sqlx::raw_sql(pause).execute(&database.pool).await.unwrap();
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    tokio::time::sleep(Duration::from_secs(1)).await;
    QUERIES.set(0);
    for number in 0..40 {
        database.add(&update(&format!("{number}@example.com"))).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Each entry takes an `INSERT` and a `COMMIT`.
    let count = QUERIES.get() - 2 * 40;
    running.stop().await;
    println!("{count} queries in 8 seconds while paused");
    assert!(count <= 5 * 8, "{count}");
}
