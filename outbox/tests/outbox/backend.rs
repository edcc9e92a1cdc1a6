//! SQLite databases for the tests.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use talkable_outbox::{Outbox, sqlx};

pub(crate) use talkable_outbox::ENQUEUE_SQLITE as ENQUEUE;

pub(crate) type Pool = sqlx::SqlitePool;

/// Creates a database in a temporary folder and returns its path.
#[allow(clippy::unused_async, reason = "creating a schema in PostgreSQL is asynchronous")]
pub(crate) async fn create() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let folder = std::env::temp_dir().join(format!("talkable-outbox-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("{}.db", NEXT.fetch_add(1, Ordering::SeqCst)));
    let _ = std::fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

pub(crate) async fn open(location: &str) -> (Pool, Outbox) {
    let options = SqliteConnectOptions::new().filename(location).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = Pool::connect_with(options.busy_timeout(Duration::from_secs(20))).await.unwrap();
    (pool.clone(), Outbox::sqlite(pool))
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
