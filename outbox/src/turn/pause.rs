//! Pauses sites for all workers, and ends the pauses.

use std::collections::HashSet;
use std::time::Duration;

use crate::claimed::Claimed;
use crate::database::{Connection, milliseconds};
use crate::entry::EntryId;
use crate::error::Error;
use crate::outcome::{Finished, Signal};
use crate::sql::{Sql, sql};

/// Extends a pause, and never shortens it.
const PAUSE: Sql = sql! {
    "INSERT INTO talkable_outbox_pause AS pause (site, until, reason, failures) VALUES ($2, " NOW " + $3, $4, $5)
    ON CONFLICT (site) DO UPDATE SET
        until = " GREATEST "(pause.until, excluded.until),
        reason = CASE WHEN pause.failures > excluded.failures THEN pause.reason ELSE excluded.reason END,
        failures = " GREATEST "(pause.failures, excluded.failures)"
};

/// Ends a pause.
pub(crate) const RESUME: Sql = sql! { "DELETE FROM talkable_outbox_pause WHERE site = $1" };

/// Applies the signals of the finished entries. Signals for the same site are few, because a site in an outage gets one
/// call. The attempt after a pause counts only if its outcome was recorded: otherwise, another worker makes this attempt
/// now.
///
/// The sites are sorted, because two workers that lock them in different orders would wait for each other.
pub(super) async fn apply(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    finished: &[Finished],
    settled: &HashSet<EntryId>,
) -> Result<(), Error> {
    let is_valid = |entry: &Claimed| entry.probe.is_none() || settled.contains(&entry.id);
    let mut finished: Vec<_> = finished.iter().filter(|finished| is_valid(&finished.entry)).collect();
    finished.sort_by(|a, b| a.entry.site.cmp(&b.entry.site));
    for Finished { entry, outcome } in finished {
        let site = entry.site.as_str();
        if entry.probe.is_some() {
            connection.execute(&RESUME, &[site.into()]).await?;
        }
        let (wait, reason, failures) = match outcome.signal {
            Signal::Failed { wait, reason } => (wait, reason, entry.probe.unwrap_or(0).saturating_add(1)),
            Signal::Throttled { wait } => (wait, "throttled", entry.probe.unwrap_or(0)),
            Signal::Responded => {
                if entry.probe.is_some() {
                    tracing::info!(site, "the site responds again");
                }
                continue;
            }
            // The call did not reach the site, so the next worker tries at once.
            Signal::Nothing => match entry.probe {
                Some(failures) => (Duration::ZERO, "failed", failures),
                None => continue,
            },
        };
        let arguments = [now.into(), site.into(), milliseconds(wait).into(), reason.into(), failures.into()];
        connection.execute(&PAUSE, &arguments).await?;
        if !wait.is_zero() {
            tracing::warn!(site, reason, failures, seconds = wait.as_secs_f64(), "paused the site");
        }
    }
    Ok(())
}
