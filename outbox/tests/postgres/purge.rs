//! Purges while an operator retries entries.

use std::time::Duration;

use talkable_outbox::{State, sqlx};

use crate::support::{Database, purchase};

/// Runs a purge while another transaction makes all rows of a table ready, and returns the number of rows that it
/// deleted.
async fn purge_during_a_retry(database: &Database, table: &str) -> u64 {
    let retry = format!("UPDATE {table} SET state = 'ready', changed = talkable_outbox_now()");
    let mut transaction = database.pool.begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(retry)).execute(&mut *transaction).await.unwrap();
    let outbox = database.outbox.clone();
    let purge = tokio::spawn(async move {
        let webhooks = outbox.inbox().purge(Duration::ZERO, Duration::ZERO).await.unwrap();
        webhooks + outbox.purge(Duration::ZERO, Duration::ZERO).await.unwrap()
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    transaction.commit().await.unwrap();
    purge.await.unwrap()
}

#[tokio::test]
async fn a_purge_keeps_entries_that_an_operator_retries() {
    let database = Database::new().await;
    let id = database.add(&purchase("1")).await;
    let die = sqlx::query("UPDATE talkable_outbox SET state = 'dead', blocks = 0 WHERE id = $1").bind(id);
    die.execute(&database.pool).await.unwrap();
    assert_eq!(purge_during_a_retry(&database, "talkable_outbox").await, 0);
    assert_eq!(database.state(id).await, State::Ready);
}

#[tokio::test]
async fn a_purge_keeps_webhooks_that_an_operator_retries() {
    let database = Database::new().await;
    let add = "INSERT INTO talkable_inbox (fingerprint, payload, state, due) VALUES ('1', '{}', 'dead', 0)";
    sqlx::query(add).execute(&database.pool).await.unwrap();
    assert_eq!(purge_during_a_retry(&database, "talkable_inbox").await, 0);
    assert_eq!(database.outbox.stats().await.unwrap().ready_webhooks, 1);
}
