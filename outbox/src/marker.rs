//! Marks entries as being sent, many in one statement.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use crate::entry::EntryId;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

/// The maximum number of marks in a statement.
const BATCH: usize = 256;

/// Marks the entries whose claim is still valid.
const MARK: Sql = sql! {
    "WITH marks AS MATERIALIZED (
        SELECT CAST(value ->> 0 AS BIGINT) AS marked_id, CAST(value ->> 1 AS BIGINT) AS claim FROM " EACH ")
    UPDATE talkable_outbox SET state = 'sending', sent = " NOW ", changed = " NOW "
    FROM marks
    WHERE id = marked_id AND token = claim AND state IN ('claimed', 'sending') AND lease > " NOW "
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
    /// Starts a task that ends when all clones of the marker are dropped.
    pub(crate) fn start(outbox: Outbox) -> Self {
        let (marks, mut waiting) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while waiting.recv_many(&mut batch, BATCH).await > 0 {
                let result = record(&outbox, &batch).await.map_err(Arc::new);
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
