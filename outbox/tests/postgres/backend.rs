//! PostgreSQL databases for the tests: one server for all tests of this process, and a schema for each test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use talkable_outbox::{Outbox, sqlx};

pub(crate) use talkable_outbox::ENQUEUE_POSTGRES as ENQUEUE;

use crate::server::Server;

pub(crate) type Pool = sqlx::PgPool;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// Creates a schema and returns its URL.
pub(crate) async fn create() -> String {
    SERVER.ready().await;
    create_in(&SERVER).await
}

pub(crate) async fn create_in(server: &Server) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    let pool = Pool::connect(&server.url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await.unwrap();
    format!("{}?options=-csearch_path%3D{schema}", server.url)
}

pub(crate) async fn open(location: &str) -> (Pool, Outbox) {
    let options: PgConnectOptions = location.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await.unwrap();
    (pool.clone(), Outbox::postgres(pool))
}

pub(crate) async fn begin(pool: &Pool) -> sqlx::Transaction<'static, sqlx::Postgres> {
    pool.begin().await.unwrap()
}

/// The transaction of a webhook.
pub(crate) async fn connection(
    received: &mut talkable_outbox::inbox::Received,
) -> Result<&mut sqlx::PgConnection, talkable_outbox::Error> {
    received.postgres().await
}
