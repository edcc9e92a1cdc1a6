//! Settings, privileges and failures of the server.

use std::sync::Arc;
use std::time::Duration;

use fake_server::Reply;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use talkable_outbox::{Outbox, State, sqlx};

use crate::api;
use crate::backend::{self, Pool};
use crate::server::Server;
use crate::support::{Database, Running, purchase, refund, worker};

fn options(database: &Database) -> PgConnectOptions {
    database.location.parse().unwrap()
}

async fn connect(options: PgConnectOptions) -> Pool {
    PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap()
}

#[tokio::test]
async fn a_stricter_default_isolation_has_no_effect() {
    let (server, processed) = api::start_healthy();
    let database = Database::empty().await;
    let options = options(&database).options([("default_transaction_isolation", "serializable")]);
    let outbox = Outbox::postgres(connect(options).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let outbox = outbox.clone();
        tasks.spawn(async move { outbox.migrate().await });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    for order in 0..20 {
        database.add_all(&[purchase(&order.to_string()), refund(&order.to_string())]).await;
    }
    let workers = [0, 1].map(|_| Running::start(worker(&outbox, server.url())));
    database.drained().await;
    for worker in workers {
        worker.stop().await;
    }
    assert_eq!((processed.list().len(), processed.twice()), (40, Vec::new()));
}

#[tokio::test]
async fn a_worker_needs_no_privilege_to_create_tables() {
    let (server, _processed) = api::start_healthy();
    let database = Database::new().await;
    let schema = database.location.rsplit("%3D").next().unwrap();
    let grant = format!(
        "CREATE ROLE worker_of_{schema} LOGIN;
        GRANT USAGE ON SCHEMA {schema} TO worker_of_{schema};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO worker_of_{schema}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant)).execute(&database.pool).await.unwrap();
    let options = options(&database).username(&format!("worker_of_{schema}"));
    let outbox = Outbox::postgres(connect(options).await);
    outbox.migrate().await.unwrap();
    let id = database.add(&purchase("1")).await;
    let running = Running::start(worker(&outbox, server.url()));
    database.wait_for(id, State::Done).await;
    running.stop().await;
}

/// Without a durable mark, the entry would be ready after the crash, and would be sent again.
#[tokio::test]
async fn a_mark_survives_a_crash_although_commits_are_asynchronous() {
    let server = Arc::new(Server::start());
    server.ready().await;
    let crashing = Arc::clone(&server);
    let (api, processed) = api::start(move |request, number, processed| {
        processed.add(request);
        if number == 0 {
            crashing.stop();
        }
        Reply::close("")
    });
    let database = Database::open(&backend::create_in(&server).await).await;
    database.outbox.migrate().await.unwrap();
    let id = database.add(&purchase("1")).await;
    let options = options(&database).options([("synchronous_commit", "off")]);
    let running = Running::start(worker(&Outbox::postgres(connect(options).await), api.url()));
    while processed.list().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.start_again();
    server.ready().await;
    database.drained().await;
    running.stop().await;
    assert_eq!((processed.list().len(), database.state(id).await), (1, State::Doubtful));
}

#[tokio::test]
async fn a_worker_stops_while_the_database_does_not_respond() {
    let (server, _processed) = api::start_healthy();
    let database = Database::new().await;
    let mut lock = database.pool.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE talkable_outbox").execute(&mut *lock).await.unwrap();
    let running = Running::start(worker(&database.outbox, server.url()));
    tokio::time::sleep(Duration::from_secs(1)).await;
    tokio::time::timeout(Duration::from_secs(20), running.stop()).await.unwrap();
}
