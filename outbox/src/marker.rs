//! Marks entries as being sent, many in one statement.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::entry::EntryId;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

/// The maximum number of marks in a statement.
const BATCH: usize = 256;

/// Marks the entries whose claim is still valid. A mark that a crash of the database could undo would be worthless.
const MARK: Sql = sql! {
    "WITH marks AS MATERIALIZED (
        SELECT CAST(value ->> 0 AS BIGINT) AS marked_id, CAST(value ->> 1 AS BIGINT) AS claim FROM " EACH ")
    UPDATE talkable_outbox SET state = 'sending', sent = " NOW ", sent_until = lease, changed = " NOW "
    FROM marks
    WHERE id = marked_id AND token = claim AND state IN ('claimed', 'sending') AND lease > " NOW " AND " DURABLE "
    RETURNING id, token"
};

/// Records that calls are about to be sent. While a commit is in progress, further marks collect and share the next
/// one.
#[derive(Clone, Debug)]
pub(crate) struct Marker(mpsc::UnboundedSender<Mark>);

#[derive(Debug)]
struct Mark {
    id: EntryId,
    token: i64,
    is_marked: oneshot::Sender<Result<bool, Arc<Error>>>,
}

impl Marker {
    /// Starts a task that ends when all clones of the marker are dropped. A statement that takes longer than the limit
    /// fails, and its calls are not sent.
    pub(crate) fn start(outbox: Outbox, limit: Duration) -> Self {
        let (marks, mut waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while waiting.recv_many(&mut batch, BATCH).await > 0 {
                let result = outbox.pool.within(limit, record(&outbox, &batch)).await.map_err(Arc::new);
                for mark in batch.drain(..) {
                    let is_marked =
                        result.as_ref().map(|marked| marked.contains(&(mark.id, mark.token))).map_err(Arc::clone);
                    // The call was canceled in the meantime if the receiver does not exist anymore.
                    let _ = mark.is_marked.send(is_marked);
                }
            }
        });
        Self(marks)
    }

    /// Marks an entry. Returns false if its claim is no longer valid. When it returns true, the mark is committed.
    pub(crate) async fn mark(&self, id: EntryId, token: i64) -> Result<bool, Arc<Error>> {
        let (is_marked, result) = oneshot::channel();
        // If the task has panicked, the entry is not marked.
        let _ = self.0.send(Mark { id, token, is_marked });
        result.await.unwrap_or(Ok(false))
    }
}

/// Returns the ids and tokens of the marked entries.
async fn record(outbox: &Outbox, marks: &[Mark]) -> Result<Vec<(EntryId, i64)>, Error> {
    let pairs = marks.iter().map(|mark| json!([mark.id, mark.token])).collect::<Value>().to_string();
    let rows = outbox.pool.fetch(&MARK, &[outbox.now().into(), pairs.as_str().into()]).await?;
    rows.iter().map(|row| Ok((row.int(0)?.unwrap_or_default(), row.int(1)?.unwrap_or_default()))).collect()
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};

    use super::*;

    const CLAIMED: &str = "INSERT INTO talkable_outbox (id, site, operation, due, state, token, lease)
        SELECT value, 'my-store', 'refund', 0, 'claimed', value * 10, 100 FROM json_each('[1, 2, 3, 4]')";

    fn mark(id: EntryId, token: i64) -> Mark {
        Mark { id, token, is_marked: oneshot::channel().0 }
    }

    /// An outbox with four entries, whose tokens are ten times their ids. The lease of the last one has expired.
    async fn outbox() -> Outbox {
        let options = SqliteConnectOptions::new().in_memory(true);
        // Each connection has a database of its own.
        let pool = sqlx::pool::PoolOptions::new().max_connections(1).connect_with(options);
        let pool: SqlitePool = pool.await.expect("a database in memory opens");
        let outbox = Outbox::sqlite(pool.clone()).clock(Arc::new(|| 50));
        outbox.migrate().await.expect("the tables are created");
        sqlx::raw_sql(CLAIMED).execute(&pool).await.expect("the entries are inserted");
        let expire = sqlx::raw_sql("UPDATE talkable_outbox SET lease = 50 WHERE id = 4");
        expire.execute(&pool).await.expect("the lease is changed");
        outbox
    }

    #[tokio::test]
    async fn a_shared_statement_marks_only_valid_claims() {
        let outbox = outbox().await;
        // The second mark belongs to an earlier claim of the same entry.
        let marks = [mark(1, 10), mark(1, 9), mark(2, 19), mark(3, 30), mark(4, 40)];
        let mut marked = record(&outbox, &marks).await.expect("a statement");
        marked.sort_unstable();
        assert_eq!(marked, [(1, 10), (3, 30)]);
    }

    #[tokio::test]
    async fn a_lease_that_expires_while_the_mark_waits_for_another_writer_is_not_valid() {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SqliteConnectOptions::new().filename(folder.path().join("shop.db")).create_if_missing(true);
        let pool = SqlitePool::connect_with(options.journal_mode(SqliteJournalMode::Wal)).await.expect("a database");
        let outbox = Outbox::sqlite(pool.clone());
        outbox.migrate().await.expect("the tables are created");
        sqlx::raw_sql(CLAIMED).execute(&pool).await.expect("the entries are inserted");
        let extend = sql! { "UPDATE talkable_outbox SET lease = " NOW " + 100" };
        outbox.pool.execute(&extend, &[outbox.now().into()]).await.expect("the leases are extended");
        let writer = pool.begin_with("BEGIN IMMEDIATE").await.expect("no other writer");
        let wait = async {
            let valid = sql! { "SELECT id FROM talkable_outbox WHERE lease > " NOW };
            while !outbox.pool.fetch(&valid, &[outbox.now().into()]).await.expect("a statement").is_empty() {}
            writer.rollback().await.expect("the lock is released");
        };
        let marks = [mark(1, 10)];
        let (marked, ()) = tokio::join!(biased; record(&outbox, &marks), wait);
        assert!(marked.expect("a statement").is_empty());
    }

    #[tokio::test]
    async fn each_call_gets_its_own_result() {
        let marker = Marker::start(outbox().await, Duration::MAX);
        let mut calls = tokio::task::JoinSet::new();
        for (id, token) in [(1, 10), (1, 9), (2, 20), (3, 31), (4, 40)] {
            let marker = marker.clone();
            calls.spawn(async move { ((id, token), marker.mark(id, token).await.expect("a statement")) });
        }
        let mut marked: Vec<_> = calls.join_all().await.into_iter().filter(|(_, is_marked)| *is_marked).collect();
        marked.sort_unstable();
        assert_eq!(marked, [((1, 10), true), ((2, 20), true)]);
    }

    #[tokio::test]
    async fn a_failed_statement_fails_the_marks() {
        let outbox = outbox().await;
        outbox.pool.execute(&sql! { "DROP TABLE talkable_outbox" }, &[]).await.expect("the table is dropped");
        assert!(Marker::start(outbox, Duration::MAX).mark(1, 10).await.is_err());
    }
}
