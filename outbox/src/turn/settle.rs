//! Records the outcomes of calls.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::database::{Connection, milliseconds};
use crate::entry::EntryId;
use crate::error::Error;
use crate::outcome::Finished;
use crate::sql::{Sql, sql};

/// Changes an entry only if its claim is still valid, or if its call succeeded and its claim was the last one. In the
/// second case, the entry is doubtful or ready since its lease expired, and a repetition could have a second effect.
/// The target `release` means that the call was canceled: the entry is doubtful if the call may have been sent, and
/// ready otherwise. After the last attempt, the target is `abandon`, and the entry is dead instead of ready.
const SETTLE: Sql = sql! {
    "WITH finished AS MATERIALIZED (
        SELECT CAST(value ->> 'id' AS BIGINT) AS finished_id, CAST(value ->> 'token' AS BIGINT) AS claim,
            value ->> 'target' AS target, CAST(value ->> 'wait' AS BIGINT) AS wait,
            CAST(value ->> 'attempts' AS BIGINT) AS more_attempts, CAST(value ->> 'tries' AS BIGINT) AS more_tries,
            value ->> 'error' AS reason
        FROM " EACH ")
    UPDATE talkable_outbox SET
        state = CASE
            WHEN target NOT IN ('release', 'abandon') THEN target WHEN state = 'sending' THEN 'doubtful'
            WHEN target = 'release' THEN 'ready' ELSE 'dead' END,
        blocks = CASE
            WHEN target = 'done' THEN 0 WHEN target = 'ready' OR (target = 'release' AND state = 'claimed') THEN 1
            ELSE holds END,
        payload = CASE target WHEN 'done' THEN NULL ELSE payload END,
        due = coalesce(" NOW " + wait, due),
        attempts = attempts + more_attempts,
        tries = tries + more_tries,
        error = reason,
        lease = NULL,
        changed = " NOW "
    FROM finished
    WHERE id = finished_id AND token = claim
        AND (state IN ('claimed', 'sending') OR (state IN ('ready', 'doubtful') AND target = 'done'))
    RETURNING id, state"
};

/// Records outcomes, and returns the ids of the entries that they changed.
pub(super) async fn settle(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    finished: &[Finished],
) -> Result<HashSet<EntryId>, Error> {
    if finished.is_empty() {
        return Ok(HashSet::new());
    }
    let items = finished.iter().map(|Finished { entry, outcome }| {
        json!({
            "id": entry.id,
            "token": entry.token,
            "target": outcome.target.name(),
            "wait": outcome.wait.map(milliseconds),
            "attempts": i64::from(outcome.is_counted),
            "tries": i64::from(outcome.is_failure),
            "error": outcome.error,
        })
    });
    let items = items.collect::<Value>().to_string();
    let rows = connection.fetch(&SETTLE, &[now.into(), items.as_str().into()]).await?;
    if rows.len() < finished.len() {
        let lost = finished.len() - rows.len();
        tracing::warn!(lost, "outcomes were discarded, because the leases of their entries had expired");
    }
    let mut settled = HashSet::with_capacity(rows.len());
    for row in rows {
        let id = row.int(0)?.unwrap_or_default();
        tracing::debug!(entry = id, state = row.text(1)?, "settled an entry");
        settled.insert(id);
    }
    Ok(settled)
}
