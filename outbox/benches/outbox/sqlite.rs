//! The measurements on SQLite.

use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqliteSynchronous};
use talkable_outbox::{Outbox, sqlx};

use crate::{drain, rate, refund, report, update};

pub(crate) async fn measure() {
    let folder = std::env::temp_dir().join(format!("talkable-outbox-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let options = SqliteConnectOptions::new().filename(folder.join("bench.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(options.busy_timeout(Duration::from_secs(20))).await.unwrap();
    let outbox = Outbox::sqlite(pool.clone());
    outbox.migrate().await.unwrap();
    let create = "CREATE TABLE plain (id BIGINT PRIMARY KEY, payload TEXT, state TEXT)";
    sqlx::raw_sql(create).execute(&pool).await.unwrap();

    let (mut number, mut id) = (0, 0_i64);
    for batch in [1, 100] {
        let ours = rate(batch, async || {
            let entries: Vec<_> = (number..number + batch).map(update).collect();
            number += batch;
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
            outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
            transaction.commit().await.unwrap();
        });
        let ours = ours.await;
        let plain = rate(batch, async || {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
            for _ in 0..batch {
                id += 1;
                let insert = sqlx::query("INSERT INTO plain VALUES ($1, $2, 'ready')").bind(id);
                let insert = insert.bind("x".repeat(180));
                insert.execute(&mut *transaction).await.unwrap();
            }
            transaction.commit().await.unwrap();
        });
        report(&format!("SQLite: enqueue, {batch} per transaction"), ours, plain.await);
    }

    let mut updated = 0_i64;
    let plain = rate(1, async || {
        updated += 1;
        let update = sqlx::query("UPDATE plain SET state = 'done' WHERE id = $1").bind(updated);
        update.execute(&pool).await.unwrap();
    });
    let plain = plain.await;
    sqlx::raw_sql("DELETE FROM talkable_outbox").execute(&pool).await.unwrap();
    for (name, entry) in [("idempotent", update as fn(u32) -> _), ("with the mark", refund)] {
        for workers in [1] {
            const ENTRIES: u32 = 4000;
            let entries: Vec<_> = (0..ENTRIES).map(entry).collect();
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
            outbox.enqueue_all(&mut *transaction, &entries).await.unwrap();
            transaction.commit().await.unwrap();
            let ours = drain(&outbox, ENTRIES, workers).await;
            report(&format!("SQLite: {name}, {workers} workers"), ours, plain);
        }
    }
    pool.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}
