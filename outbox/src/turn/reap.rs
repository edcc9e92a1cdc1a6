//! Ends the leases of workers that crashed or hang.

use crate::database::Connection;
use crate::error::Error;
use crate::sql::{Sql, sql};

/// A claimed entry is ready again, and an entry whose call may have been sent is doubtful. Both keep their token, so that
/// a worker that was only suspended can still report that the call succeeded.
const REAP: Sql = sql! {
    "WITH expired AS MATERIALIZED (
        SELECT o.id AS expired_id FROM talkable_outbox o
        WHERE o.lease <= " NOW " AND o.state IN ('claimed', 'sending')" SKIP_LOCKED ")
    UPDATE talkable_outbox SET
        state = CASE state WHEN 'sending' THEN 'doubtful' ELSE 'ready' END,
        blocks = CASE state WHEN 'sending' THEN holds ELSE 1 END,
        error = CASE state WHEN 'sending' THEN 'the lease expired while the call was in flight' ELSE error END,
        lease = NULL,
        changed = " NOW "
    FROM expired WHERE id = expired_id
    RETURNING id, state, operation"
};

pub(super) async fn reap(connection: &mut Connection<'_>, now: Option<i64>) -> Result<(), Error> {
    for row in connection.fetch(&REAP, &[now.into()]).await? {
        let (state, operation) = (row.text(1)?.unwrap_or_default(), row.text(2)?.unwrap_or_default());
        tracing::warn!(entry = row.int(0)?, operation, state, "the lease of an entry expired");
    }
    Ok(())
}
