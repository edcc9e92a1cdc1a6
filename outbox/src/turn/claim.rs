//! Claims entries of a site.

use serde_json::{Value, json};

use super::Request;
use super::sites::Site;
use crate::claimed::Claimed;
use crate::database::{Argument, Connection, milliseconds};
use crate::error::Error;
use crate::sql::{Sql, sql};

/// A statement that claims the entries of its sub-select `picked`. The third argument is the token, and the fourth one
/// the lease.
macro_rules! claim {
    ($($sub_selects:tt)*) => {
        sql! {
            "WITH " $($sub_selects)* "
            UPDATE talkable_outbox SET state = 'claimed', token = $3, lease = " NOW " + $4, changed = " NOW "
            FROM picked WHERE id = picked_id
            RETURNING id, operation, payload, attempts, tries"
        }
    };
}

/// Claims entries among the 256 oldest ones that are due, and of those with a key only the first one that blocks the
/// key. The number is a literal, because PostgreSQL plans a parameter as if it were large.
///
/// `picked` has no `ORDER BY`, so that the search ends as soon as it has found enough entries. It still finds the oldest
/// ones first, because both databases join the candidates in their order.
///
/// The key is compared with two inequalities. With an equality, the entries would be ordered by their ids, and if
/// many entries have the same key, PostgreSQL would search the primary key with all processed entries. The
/// sub-selects are materialized, because a join could run them several times and lock more rows than the limit.
const CLAIM_OLDEST: Sql = claim! {
    "candidates AS MATERIALIZED (
        SELECT o.id AS candidate FROM talkable_outbox o
        WHERE o.state = 'ready' AND o.site = $2 AND o.due <= " NOW " ORDER BY o.due, o.id LIMIT 256),
    picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM candidates JOIN talkable_outbox o ON o.id = candidate
        WHERE o.state = 'ready' AND (o.key IS NULL OR o.id = (
            SELECT head.id FROM talkable_outbox head
            WHERE head.site = o.site AND head.key >= o.key AND head.key <= o.key AND head.blocks = 1
            ORDER BY head.key, head.id LIMIT 1))
        LIMIT $5" SKIP_LOCKED ")"
};

/// Returns a row if further entries are due.
const HAS_MORE: Sql = sql! {
    "SELECT o.id FROM talkable_outbox o WHERE o.state = 'ready' AND o.site = $2 AND o.due <= " NOW "
    ORDER BY o.due, o.id LIMIT 1 OFFSET 256"
};

/// Claims entries without a key.
const CLAIM_KEYLESS: Sql = claim! {
    "picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM talkable_outbox o
        WHERE o.state = 'ready' AND o.key IS NULL AND o.site = $2 AND o.due <= " NOW "
        ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")"
};

/// The number of keys that are searched in a turn.
const KEYS: i64 = 512;

/// Lists the keys after the given one, or from the start, until enough of their first entries can be claimed. The second
/// column is the first entry of the key, or null if it can't be claimed. The recursion skips from key to key, so the cost
/// does not depend on the number of entries behind a key.
const HEADS: Sql = sql! {
    "WITH RECURSIVE heads(key, ready, found, number) AS (
        SELECT CAST($3 AS TEXT), CAST(NULL AS BIGINT), 0, 0
        UNION ALL
        SELECT o.key, CASE WHEN o.state = 'ready' AND o.due <= " NOW " THEN o.id END,
            found + CASE WHEN o.state = 'ready' AND o.due <= " NOW " THEN 1 ELSE 0 END, number + 1
        FROM heads JOIN talkable_outbox o ON o.id = CASE WHEN heads.key IS NULL
            THEN (SELECT first.id FROM talkable_outbox first
                WHERE first.site = $2 AND first.key IS NOT NULL AND first.blocks = 1
                ORDER BY first.key, first.id LIMIT 1)
            ELSE (SELECT next.id FROM talkable_outbox next
                WHERE next.site = $2 AND next.key > heads.key AND next.blocks = 1
                ORDER BY next.key, next.id LIMIT 1) END
        WHERE number < $4 AND found < $5)
    SELECT key, ready FROM heads WHERE number > 0 ORDER BY number"
};

/// Claims entries that are the first ones of their keys. An entry that was enqueued later can't come before them.
const CLAIM_HEADS: Sql = claim! {
    "heads AS MATERIALIZED (SELECT CAST(value ->> 0 AS BIGINT) AS head FROM " EACH "),
    picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM heads JOIN talkable_outbox o ON o.id = head
        WHERE o.state = 'ready' AND o.due <= " NOW " ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")"
};

/// Locks the pause of a site that ended, so that only one worker makes the attempt after it.
const LOCK_PAUSE: Sql = sql! {
    "SELECT o.site FROM talkable_outbox_pause o WHERE o.site = $2 AND o.until <= " NOW SKIP_LOCKED
};

/// Reserves the attempt after a pause. The other workers wait until it ends, or until its lease expires.
const PROBE: Sql = sql! { "UPDATE talkable_outbox_pause SET until = " NOW " + $3 WHERE site = $2" };

/// The progress of a search through all keys of a site.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    /// The last key that was searched, or `None` at the start.
    key: Option<String>,
    /// Whether the search has claimed entries. The next ones of their keys can be claimed later.
    has_claimed: bool,
}

/// The result of claiming entries of a site.
pub(super) struct Claim {
    pub(super) claimed: Vec<Claimed>,
    /// Whether keys remain to be searched.
    pub(super) has_more_keys: bool,
}

/// Claims entries of a site.
pub(super) async fn claim(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    limit: usize,
    cursor: &mut Cursor,
    request: &Request<'_>,
) -> Result<Claim, Error> {
    let lease = milliseconds(request.lease);
    let name = site.site.as_str();
    let is_probe = site.failures > 0;
    if is_probe && connection.fetch(&LOCK_PAUSE, &[now.into(), name.into()]).await?.is_empty() {
        return Ok(Claim { claimed: Vec::new(), has_more_keys: false });
    }
    let limit = if is_probe { 1 } else { limit };
    let by_site = |limit: usize| [now.into(), name.into(), request.token.into(), lease.into(), argument(limit)];
    let mut claimed = run(connection, site, &CLAIM_OLDEST, &by_site(limit), request).await?;
    let mut has_more_keys = false;
    if claimed.len() < limit && !connection.fetch(&HAS_MORE, &[now.into(), name.into()]).await?.is_empty() {
        let left = limit.saturating_sub(claimed.len());
        claimed.extend(run(connection, site, &CLAIM_KEYLESS, &by_site(left), request).await?);
        let left = limit.saturating_sub(claimed.len());
        if left > 0 {
            let heads = heads(connection, now, site, cursor, left).await?;
            let arguments = [now.into(), heads.as_str().into(), request.token.into(), lease.into(), argument(left)];
            let first = run(connection, site, &CLAIM_HEADS, &arguments, request).await?;
            cursor.has_claimed |= !first.is_empty();
            claimed.extend(first);
            has_more_keys = cursor.key.is_some() || std::mem::take(&mut cursor.has_claimed);
        }
    }
    // A turn without a claim writes nothing, because in SQLite, its write would start the next turn.
    if is_probe && !claimed.is_empty() {
        connection.execute(&PROBE, &[now.into(), name.into(), lease.into()]).await?;
    }
    claimed.sort_by_key(|entry| entry.id);
    Ok(Claim { claimed, has_more_keys })
}

/// The first entries of the next keys, as an argument of [`CLAIM_HEADS`]. Moves the cursor, and back to the start after
/// the last key.
async fn heads(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    cursor: &mut Cursor,
    limit: usize,
) -> Result<String, Error> {
    let arguments = [now.into(), site.site.as_str().into(), cursor.key.as_deref().into(), KEYS.into(), argument(limit)];
    let rows = connection.fetch(&HEADS, &arguments).await?;
    let heads = rows.iter().filter_map(|row| row.int(1).transpose()).map(|head| head.map(|head| json!([head])));
    let heads = heads.collect::<Result<Vec<Value>, _>>()?;
    let is_end = heads.len() < limit && i64::try_from(rows.len()).is_ok_and(|keys| keys < KEYS);
    cursor.key = if is_end { None } else { rows.last().map(|row| row.text(0)).transpose()?.flatten() };
    Ok(Value::from(heads).to_string())
}

fn argument(limit: usize) -> Argument<'static> {
    i64::try_from(limit).unwrap_or(i64::MAX).into()
}

/// Runs one of the claiming statements.
async fn run(
    connection: &mut Connection<'_>,
    site: &Site,
    statement: &Sql,
    arguments: &[Argument<'_>],
    request: &Request<'_>,
) -> Result<Vec<Claimed>, Error> {
    let mut claimed = Vec::new();
    for row in connection.fetch(statement, arguments).await? {
        let count = |column| row.int(column).map(|count| u32::try_from(count.unwrap_or(0)).unwrap_or(u32::MAX));
        claimed.push(Claimed {
            id: row.int(0)?.unwrap_or_default(),
            token: request.token,
            site: site.site.clone(),
            operation: row.text(1)?.unwrap_or_default(),
            payload: row.text(2)?.unwrap_or_default(),
            attempts: count(3)?,
            tries: count(4)?,
            probe: (site.failures > 0).then_some(site.failures),
        });
    }
    Ok(claimed)
}
