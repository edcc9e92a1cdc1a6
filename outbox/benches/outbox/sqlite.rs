//! The measurements on SQLite.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use talkable_outbox::{Outbox, sqlx};

use crate::statements::measure;

pub(crate) async fn measure() {
    let folder = std::env::temp_dir().join(format!("talkable-outbox-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = SqliteConnectOptions::new().filename(folder.join("bench.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(options.busy_timeout(Duration::from_secs(20))).await.unwrap();
    let outbox = Outbox::sqlite(pool.clone());
    outbox.migrate().await.unwrap();
    measure!("SQLite", pool, outbox, pool.begin_with("BEGIN IMMEDIATE"), [1]);
    pool.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
