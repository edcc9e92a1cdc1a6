//! Claims entries of a site.

use super::Request;
use super::sites::Site;
use crate::claimed::Claimed;
use crate::database::{Connection, milliseconds};
use crate::error::Error;
use crate::sql::{Sql, sql};

/// Claims the oldest entries that are due, and of those with a key only the first one that blocks the key.
///
/// Only a window of entries is searched, because entries behind the same key could fill the front of the queue. The sub-selects are
/// materialized, because a join could run them several times and lock more rows than the limit.
const CLAIM: Sql = sql! {
    "WITH candidates AS MATERIALIZED (
        SELECT o.id AS candidate FROM talkable_outbox o
        WHERE o.state = 'ready' AND o.site = $3 AND o.due <= " NOW " ORDER BY o.due, o.id LIMIT 256),
    picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM candidates JOIN talkable_outbox o ON o.id = candidate
        WHERE o.state = 'ready' AND (o.key IS NULL OR o.id = (
            SELECT head.id FROM talkable_outbox head
            WHERE head.site = o.site AND head.key = o.key AND head.blocks = 1 ORDER BY head.id LIMIT 1))
        ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")
    UPDATE talkable_outbox SET state = 'claimed', token = $2, lease = " NOW " + $4, changed = " NOW "
    FROM picked WHERE id = picked_id
    RETURNING id, operation, payload, attempts, tries"
};

/// Returns a row if the window of [`CLAIM`] does not contain all entries that are due.
const HAS_MORE: Sql = sql! {
    "SELECT o.id FROM talkable_outbox o WHERE o.state = 'ready' AND o.site = $2 AND o.due <= " NOW "
    ORDER BY o.due, o.id LIMIT 1 OFFSET 256"
};

/// Claims entries without a key.
const CLAIM_KEYLESS: Sql = sql! {
    "WITH picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM talkable_outbox o
        WHERE o.state = 'ready' AND o.key IS NULL AND o.site = $3 AND o.due <= " NOW "
        ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")
    UPDATE talkable_outbox SET state = 'claimed', token = $2, lease = " NOW " + $4, changed = " NOW "
    FROM picked WHERE id = picked_id
    RETURNING id, operation, payload, attempts, tries"
};

/// Claims the first entries of keys. The recursion skips from key to key, so the cost depends on the number of keys, and not on the
/// number of entries behind them.
const CLAIM_HEADS: Sql = sql! {
    "WITH RECURSIVE keys(name) AS (
        SELECT min(o.key) FROM talkable_outbox o WHERE o.site = $3 AND o.blocks = 1
        UNION ALL
        SELECT (SELECT min(o.key) FROM talkable_outbox o WHERE o.site = $3 AND o.blocks = 1 AND o.key > keys.name)
        FROM keys WHERE keys.name IS NOT NULL),
    heads AS MATERIALIZED (
        SELECT (SELECT o.id FROM talkable_outbox o
            WHERE o.site = $3 AND o.key = keys.name AND o.blocks = 1 ORDER BY o.id LIMIT 1) AS head
        FROM keys WHERE keys.name IS NOT NULL),
    picked AS MATERIALIZED (
        SELECT o.id AS picked_id FROM heads JOIN talkable_outbox o ON o.id = head
        WHERE o.state = 'ready' AND o.due <= " NOW " ORDER BY o.due, o.id LIMIT $5" SKIP_LOCKED ")
    UPDATE talkable_outbox SET state = 'claimed', token = $2, lease = " NOW " + $4, changed = " NOW "
    FROM picked WHERE id = picked_id
    RETURNING id, operation, payload, attempts, tries"
};

/// Reserves the attempt after a pause for one worker. The others wait until the attempt ends, or until its lease expires.
const PROBE: Sql = sql! {
    "UPDATE talkable_outbox_pause SET until = " NOW " + $3 WHERE site = $2 AND until <= " NOW
};

const CANCEL_PROBE: Sql = sql! { "UPDATE talkable_outbox_pause SET until = " NOW " WHERE site = $2" };

pub(super) async fn claim(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    limit: usize,
    request: &Request<'_>,
) -> Result<Vec<Claimed>, Error> {
    let lease = milliseconds(request.lease);
    let is_probe = site.failures > 0;
    if is_probe && connection.execute(&PROBE, &[now.into(), site.site.as_str().into(), lease.into()]).await? == 0 {
        return Ok(Vec::new());
    }
    let limit = if is_probe { 1 } else { limit };
    let mut claimed = run(connection, now, site, &CLAIM, limit, request).await?;
    if claimed.len() < limit.min(256) && has_more(connection, now, site).await? {
        for statement in [&CLAIM_KEYLESS, &CLAIM_HEADS] {
            let left = limit.saturating_sub(claimed.len());
            claimed.extend(run(connection, now, site, statement, left, request).await?);
        }
    }
    if is_probe && claimed.is_empty() {
        connection.execute(&CANCEL_PROBE, &[now.into(), site.site.as_str().into()]).await?;
    }
    claimed.sort_by_key(|entry| entry.id);
    Ok(claimed)
}

async fn has_more(connection: &mut Connection<'_>, now: Option<i64>, site: &Site) -> Result<bool, Error> {
    Ok(!connection.fetch(&HAS_MORE, &[now.into(), site.site.as_str().into()]).await?.is_empty())
}

/// Runs one of the claiming statements.
async fn run(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    site: &Site,
    statement: &Sql,
    limit: usize,
    request: &Request<'_>,
) -> Result<Vec<Claimed>, Error> {
    let (lease, limit) = (milliseconds(request.lease), i64::try_from(limit).unwrap_or(i64::MAX));
    let arguments = [now.into(), request.token.into(), site.site.as_str().into(), lease.into(), limit.into()];
    let mut claimed = Vec::new();
    for row in connection.fetch(statement, &arguments).await? {
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
