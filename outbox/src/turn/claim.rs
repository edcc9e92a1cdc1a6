//! Claims entries of a site.

use serde_json::{Value, json};

use super::Request;
use super::sites::Site;
use crate::claimed::Claimed;
use crate::database::{Argument, Connection, milliseconds};
use crate::error::Error;
use crate::sql::{Sql, sql};

/// A window at the front of the queue, in which a claim searches entries.
struct Window {
    /// The number of entries. It is a literal in the statements, because PostgreSQL plans a parameter as if it were large.
    size: usize,
    /// Claims the oldest entries that are due, and of those with a key only the first one that blocks the key.
    ///
    /// The key is compared with two inequalities. With an equality, the entries would be ordered by their ids, and if
    /// many entries have the same key, PostgreSQL would search the primary key with all processed entries. The
    /// sub-selects are materialized, because a join could run them several times and lock more rows than the limit.
    claim: Sql,
    /// Returns a row if further entries are due.
    has_more: Sql,
}

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

macro_rules! window {
    ($size:literal) => {
        Window {
            size: $size,
            claim: claim! {
                "candidates AS MATERIALIZED (
                    SELECT o.id AS candidate FROM talkable_outbox o
                    WHERE o.state = 'ready' AND o.site = $2 AND o.due <= " NOW " ORDER BY o.due, o.id LIMIT " $size "),
                picked AS MATERIALIZED (
                    SELECT o.id AS picked_id FROM candidates JOIN talkable_outbox o ON o.id = candidate
                    WHERE o.state = 'ready' AND (o.key IS NULL OR o.id = (
                        SELECT head.id FROM talkable_outbox head
                        WHERE head.site = o.site AND head.key >= o.key AND head.key <= o.key AND head.blocks = 1
                        ORDER BY head.key, head.id LIMIT 1))
                    ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")"
            },
            has_more: sql! {
                "SELECT o.id FROM talkable_outbox o WHERE o.state = 'ready' AND o.site = $2 AND o.due <= " NOW "
                ORDER BY o.due, o.id LIMIT 1 OFFSET " $size
            },
        }
    };
}

/// Usually, few entries are claimed, and the first ones have different keys.
const SMALL: Window = window!(32);

/// Entries behind the same key could fill the front of the queue, so the search ends after a larger window.
const LARGE: Window = window!(256);

/// Claims entries without a key.
const CLAIM_KEYLESS: Sql = claim! {
    "picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM talkable_outbox o
        WHERE o.state = 'ready' AND o.key IS NULL AND o.site = $2 AND o.due <= " NOW "
        ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")"
};

/// The number of keys that are searched in a turn.
const KEYS: i64 = 512;

/// Lists keys after the given one, or from the start, and the first entry of each if it can be claimed. The recursion
/// skips from key to key, so the cost does not depend on the number of entries behind a key.
const HEADS: Sql = sql! {
    "WITH RECURSIVE keys(name, number) AS (
        SELECT CASE WHEN CAST($3 AS TEXT) IS NULL
            THEN (SELECT min(o.key) FROM talkable_outbox o WHERE o.site = $2 AND o.blocks = 1)
            ELSE (SELECT min(o.key) FROM talkable_outbox o WHERE o.site = $2 AND o.blocks = 1 AND o.key > $3) END, 1
        UNION ALL
        SELECT (SELECT min(o.key) FROM talkable_outbox o WHERE o.site = $2 AND o.blocks = 1 AND o.key > keys.name), number + 1
        FROM keys WHERE keys.name IS NOT NULL AND number < $4),
    heads AS MATERIALIZED (
        SELECT name, (SELECT o.id FROM talkable_outbox o
            WHERE o.site = $2 AND o.key >= keys.name AND o.key <= keys.name AND o.blocks = 1
            ORDER BY o.key, o.id LIMIT 1) AS head
        FROM keys WHERE keys.name IS NOT NULL)
    SELECT name, (SELECT o.id FROM talkable_outbox o WHERE o.id = head AND o.state = 'ready' AND o.due <= " NOW ")
    FROM heads ORDER BY name"
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

/// The result of claiming entries of a site.
pub(super) struct Claim {
    pub(super) claimed: Vec<Claimed>,
    /// Whether keys remain that were not searched.
    pub(super) has_more_keys: bool,
}

/// Claims entries of a site. `cursor` is the last key that the previous search of keys has reached.
pub(super) async fn claim(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    limit: usize,
    cursor: &mut Option<String>,
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
    let (mut claimed, mut has_more) = (Vec::new(), true);
    let windows = if limit <= SMALL.size / 2 { &[SMALL, LARGE][..] } else { &[LARGE] };
    for window in windows {
        let left = limit.saturating_sub(claimed.len());
        claimed.extend(run(connection, site, &window.claim, &by_site(left), request).await?);
        has_more = claimed.len() < limit.min(window.size)
            && !connection.fetch(&window.has_more, &[now.into(), name.into()]).await?.is_empty();
        if !has_more {
            break;
        }
    }
    let mut has_more_keys = false;
    if has_more {
        let left = limit.saturating_sub(claimed.len());
        claimed.extend(run(connection, site, &CLAIM_KEYLESS, &by_site(left), request).await?);
        let heads = heads(connection, now, site, cursor).await?;
        has_more_keys = cursor.is_some();
        let left = limit.saturating_sub(claimed.len());
        let arguments = [now.into(), heads.as_str().into(), request.token.into(), lease.into(), argument(left)];
        claimed.extend(run(connection, site, &CLAIM_HEADS, &arguments, request).await?);
    }
    // A turn without a claim writes nothing, because in SQLite, its write would start the next turn.
    if is_probe && !claimed.is_empty() {
        connection.execute(&PROBE, &[now.into(), name.into(), lease.into()]).await?;
    }
    claimed.sort_by_key(|entry| entry.id);
    Ok(Claim { claimed, has_more_keys })
}

/// The first entries of the next keys, as an argument of [`CLAIM_HEADS`]. Moves the cursor, and removes it after the
/// last key.
async fn heads(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    cursor: &mut Option<String>,
) -> Result<String, Error> {
    let arguments = [now.into(), site.site.as_str().into(), cursor.as_deref().into(), KEYS.into()];
    let rows = connection.fetch(&HEADS, &arguments).await?;
    let is_end = i64::try_from(rows.len()).is_ok_and(|rows| rows < KEYS);
    *cursor = if is_end { None } else { rows.last().map(|row| row.text(0)).transpose()?.flatten() };
    let heads = rows.iter().filter_map(|row| row.int(1).transpose()).map(|head| head.map(|head| json!([head])));
    Ok(heads.collect::<Result<Value, _>>()?.to_string())
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
