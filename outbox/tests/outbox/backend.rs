//! SQLite databases for the tests.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use talkable_outbox::{Outbox, sqlx};

pub(crate) use talkable_outbox::ENQUEUE_SQLITE as ENQUEUE;

pub(crate) type Pool = sqlx::SqlitePool;

/// The folder of a database, which is removed when it is dropped.
pub(crate) type Folder = tempfile::TempDir;

/// Whether a writer that is suspended in a transaction blocks all other writers.
pub(crate) const SUSPENDED_WRITER_BLOCKS: bool = true;

/// Records the entries that become doubtful, because they can become done later, and those whose lease expires before their call is
/// marked, because they are sent again.
pub(crate) const RECORD: &str = "
    CREATE TABLE recorded (event TEXT, operation TEXT, key TEXT);
    CREATE TRIGGER doubt AFTER UPDATE ON talkable_outbox WHEN new.state = 'doubtful'
    BEGIN INSERT INTO recorded VALUES ('doubtful', new.operation, new.key); END;
    CREATE TRIGGER expiry AFTER UPDATE ON talkable_outbox WHEN old.state = 'claimed' AND new.state = 'ready'
        AND old.lease <= CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)
    BEGIN INSERT INTO recorded VALUES ('expired', new.operation, new.key); END";

/// Creates a database in a temporary folder and returns its path.
#[allow(clippy::unused_async, reason = "creating a schema in PostgreSQL is asynchronous")]
pub(crate) async fn create() -> (String, Folder) {
    let folder = tempfile::tempdir().unwrap();
    (folder.path().join("shop.db").to_str().unwrap().to_owned(), folder)
}

/// A database of its own, whose server can crash. SQLite has no server.
pub(crate) struct Server {
    pub(crate) location: String,
    _folder: Folder,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let (location, folder) = create().await;
        Self { location, _folder: folder }
    }

    #[allow(clippy::unused_async, reason = "PostgreSQL takes some time")]
    pub(crate) async fn crash(&self) {}
}

/// Opens a database with the default number of connections.
pub(crate) async fn open(location: &str) -> (Pool, Outbox) {
    open_with(location, 10, Duration::from_secs(30)).await
}

/// Opens a database with a number of connections, and limits the time to wait for one of them.
pub(crate) async fn open_with(location: &str, connections: u32, timeout: Duration) -> (Pool, Outbox) {
    let pool = SqlitePoolOptions::new().max_connections(connections).acquire_timeout(timeout);
    let pool = pool.connect_with(options(location)).await.unwrap();
    (pool.clone(), Outbox::sqlite(pool))
}

pub(crate) fn options(location: &str) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new().filename(location).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    options.busy_timeout(Duration::from_secs(20))
}

pub(crate) async fn begin(pool: &Pool) -> sqlx::Transaction<'static, sqlx::Sqlite> {
    pool.begin_with("BEGIN IMMEDIATE").await.unwrap()
}

/// The transaction of a webhook.
#[cfg(feature = "inbox")]
#[allow(dead_code, reason = "only the tests of the inbox use it")]
pub(crate) async fn connection(
    received: &mut talkable_outbox::inbox::Received,
) -> Result<&mut sqlx::SqliteConnection, talkable_outbox::Error> {
    received.sqlite().await
}
