//! PostgreSQL databases for the tests: one server for all tests of this process, and a schema for each test.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use talkable_outbox::{Outbox, sqlx};

pub(crate) use talkable_outbox::ENQUEUE_POSTGRES as ENQUEUE;

use crate::server;

pub(crate) type Pool = sqlx::PgPool;

static SERVER: LazyLock<server::Server> = LazyLock::new(server::Server::start);

/// The server removes its folder, so a schema has none.
pub(crate) type Folder = ();

/// Whether a writer that is suspended in a transaction blocks all other writers.
pub(crate) const SUSPENDED_WRITER_BLOCKS: bool = false;

/// Records the entries that become doubtful, because they can become done later, and those whose lease expires before their call is
/// marked, because they are sent again.
pub(crate) const RECORD: &str = "
    CREATE TABLE recorded (event TEXT, operation TEXT, key TEXT);
    CREATE FUNCTION record() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN INSERT INTO recorded VALUES (tg_argv[0], new.operation, new.key); RETURN NULL; END';
    CREATE TRIGGER doubt AFTER UPDATE ON talkable_outbox FOR EACH ROW
        WHEN (new.state = 'doubtful') EXECUTE FUNCTION record('doubtful');
    CREATE TRIGGER expiry AFTER UPDATE ON talkable_outbox FOR EACH ROW
        WHEN (old.state = 'claimed' AND new.state = 'ready' AND old.lease <= talkable_outbox_now())
        EXECUTE FUNCTION record('expired')";

/// Creates a schema and returns its URL.
pub(crate) async fn create() -> (String, Folder) {
    SERVER.ready().await;
    (create_in(&SERVER).await, ())
}

pub(crate) async fn create_in(server: &server::Server) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let schema = format!("test_{}", NEXT.fetch_add(1, Ordering::SeqCst));
    let pool = Pool::connect(&server.url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}"))).execute(&pool).await.unwrap();
    format!("{}?options=-csearch_path%3D{schema}", server.url)
}

/// A database on a server of its own, which can crash.
pub(crate) struct Server {
    pub(crate) location: String,
    server: server::Server,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let server = server::Server::start();
        server.ready().await;
        Self { location: create_in(&server).await, server }
    }

    /// Stops the server immediately, and starts it again.
    pub(crate) async fn crash(&self) {
        let before = self.start_time().await;
        self.server.stop();
        self.server.start_again();
        while [before, None].contains(&self.start_time().await) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The time at which the server started, or `None` if it does not respond.
    async fn start_time(&self) -> Option<i64> {
        let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(500));
        let pool = pool.connect(&self.server.url).await.ok()?;
        let time = "SELECT CAST(extract(epoch FROM pg_postmaster_start_time()) * 1000000 AS BIGINT)";
        sqlx::query_scalar(time).fetch_one(&pool).await.ok()
    }
}

pub(crate) async fn open(location: &str) -> (Pool, Outbox) {
    open_with(location, 8, Duration::from_secs(30)).await
}

/// Opens a database with a number of connections, and limits the time to wait for one of them.
#[allow(clippy::unused_async, reason = "opening a SQLite file is asynchronous")]
pub(crate) async fn open_with(location: &str, connections: u32, timeout: Duration) -> (Pool, Outbox) {
    let options: PgConnectOptions = location.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(timeout);
    // A child process may start while the server is down.
    let pool = pool.connect_lazy_with(options);
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
