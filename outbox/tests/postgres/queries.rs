//! The number of queries of a worker that has nothing to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use talkable_outbox::{Worker, sqlx};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::api;
use crate::backend;
use crate::server::Server;
use crate::support::{Database, Running, client, update};

/// Counts the statements that sqlx logs on this thread.
#[derive(Clone, Default)]
struct Queries(Arc<AtomicU32>);

impl Subscriber for Queries {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
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
    let queries = Queries::default();
    let _guard = tracing::subscriber::set_default(queries.clone());
    let (server, _processed) = api::start_healthy();
    let own = Server::start();
    let database = own_database(&own).await;
    let other = Database::open(&database.location).await;
    let id = other.add(&update("jane@example.com")).await;
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    database.wait_for(id, talkable_outbox::State::Done).await;
    let before = queries.0.swap(0, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(12)).await;
    let count = queries.0.load(Ordering::SeqCst);
    running.stop().await;
    println!("{count} queries in 12 seconds while idle");
    assert!(before > 0 && count <= 2 * 12, "{before} {count}");
}

#[tokio::test]
async fn a_worker_of_a_paused_site_sends_few_queries() {
    let queries = Queries::default();
    let _guard = tracing::subscriber::set_default(queries.clone());
    let (server, _processed) = api::start_healthy();
    let own = Server::start();
    let database = own_database(&own).await;
    let pause =
        "INSERT INTO talkable_outbox_pause VALUES ('my-store', talkable_outbox_now() + 3600000, 'throttled', 0)";
    sqlx::raw_sql(pause).execute(&database.pool).await.unwrap();
    let running = Running::start(Worker::new(database.outbox.clone(), client(server.url())));
    tokio::time::sleep(Duration::from_secs(1)).await;
    queries.0.store(0, Ordering::SeqCst);
    for number in 0..40 {
        database.add(&update(&format!("{number}@example.com"))).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    // Each entry takes an `INSERT` and a `COMMIT`.
    let count = queries.0.load(Ordering::SeqCst) - 2 * 40;
    running.stop().await;
    println!("{count} queries in 8 seconds while paused");
    assert!(count <= 5 * 8, "{count}");
}
