//! The turn of a worker: one transaction that settles finished entries, pauses sites, ends expired leases and claims
//! entries.

mod claim;
mod pause;
mod reap;
mod settle;
mod sites;

use std::collections::HashMap;
use std::time::Duration;

use self::claim::Cursor;
pub(crate) use self::pause::RESUME;
use self::sites::{Site, Survey};
use crate::claimed::Claimed;
use crate::database::Connection;
use crate::error::Error;
use crate::fail_point::fail_point;
use crate::outbox::Outbox;
use crate::outcome::Finished;

/// The time between turns that search keys.
const SEARCH_GAP: Duration = Duration::from_millis(10);

/// The input of a turn.
pub(crate) struct Request<'a> {
    /// The entries that the worker has finished since its last turn.
    pub(crate) finished: &'a [Finished],
    /// The maximum number of entries to claim.
    pub(crate) free: usize,
    pub(crate) lease: Duration,
    /// A random number that identifies this claim. A worker that was suspended until its lease expired must not change
    /// an entry that was claimed again, even by itself, so the token belongs to the claim and not to the worker.
    pub(crate) token: i64,
    /// The limit of [`Turn::wait`].
    pub(crate) poll: Duration,
}

/// The result of a turn.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) claimed: Vec<Claimed>,
    /// The time until the next turn can find something that this turn did not find, unless another process adds it.
    pub(crate) wait: Duration,
    /// Whether entries are due, but only for paused sites.
    pub(crate) is_paused: bool,
}

/// The progress of the worker's searches in each site.
pub(crate) type Cursors = HashMap<String, Cursor>;

/// Runs a turn.
pub(crate) async fn run(outbox: &Outbox, request: &Request<'_>, cursors: &mut Cursors) -> Result<Turn, Error> {
    let now = outbox.now();
    if request.finished.is_empty() {
        // Without this check, an idle worker would take the write lock of SQLite every time.
        let survey = sites::peek(&outbox.pool, now).await?;
        if !survey.has_expired_lease && (request.free == 0 || !survey.sites.iter().any(Site::is_claimable)) {
            return Ok(finish(Vec::new(), &survey, false, request));
        }
    }
    let mut checkout = outbox.pool.check_out().await?;
    let mut transaction = checkout.begin(request.lease / 2).await?;
    let mut connection = transaction.connection();
    let settled = settle::settle(&mut connection, now, request.finished).await?;
    pause::apply(&mut connection, now, request.finished, &settled).await?;
    if !request.finished.is_empty() {
        fail_point("settling");
    }
    let mut survey = sites::read(&mut connection, now).await?;
    if survey.has_expired_lease {
        reap::reap(&mut connection, now).await?;
        survey = sites::read(&mut connection, now).await?;
    }
    let (claimed, has_more_keys) = claim(&mut connection, now, &survey, cursors, request).await?;
    transaction.commit().await?;
    checkout.release();
    if !claimed.is_empty() {
        fail_point("claimed");
    }
    if !request.finished.is_empty() {
        fail_point("settled");
    }
    Ok(finish(claimed, &survey, has_more_keys, request))
}

/// Claims entries as a worker does, for benchmarks, and returns their number.
///
/// # Errors
///
/// [`Error::Database`] if a statement fails.
#[cfg(feature = "fail-points")]
pub async fn claim_entries(outbox: &Outbox, limit: usize) -> Result<usize, Error> {
    let minute = Duration::from_mins(1);
    let request = Request { finished: &[], free: limit, lease: minute, token: 1, poll: minute };
    Ok(run(outbox, &request, &mut Cursors::new()).await?.claimed.len())
}

/// Claims entries of all sites, starting at a random site so that a large site can't starve the others. Also returns
/// whether sites have more keys to search.
async fn claim(
    connection: &mut Connection<'_>,
    now: Option<i64>,
    survey: &Survey,
    cursors: &mut Cursors,
    request: &Request<'_>,
) -> Result<(Vec<Claimed>, bool), Error> {
    let sites: Vec<&Site> = survey.sites.iter().filter(|site| site.is_claimable()).collect();
    let start = usize::try_from(request.token.unsigned_abs()).unwrap_or(0) % sites.len().max(1);
    let (mut claimed, mut has_more_keys) = (Vec::new(), false);
    for (index, site) in sites.iter().cycle().skip(start).take(sites.len()).enumerate() {
        let free = request.free.saturating_sub(claimed.len());
        let share = free.div_ceil(sites.len().saturating_sub(index).max(1));
        if share > 0 {
            let cursor = cursors.entry(site.site.clone()).or_default();
            let claim = claim::claim(connection, now, site, share, cursor, request).await?;
            claimed.extend(claim.claimed);
            has_more_keys |= claim.has_more_keys;
        }
    }
    Ok((claimed, has_more_keys))
}

fn finish(claimed: Vec<Claimed>, survey: &Survey, has_more_keys: bool, request: &Request<'_>) -> Turn {
    let is_full = claimed.len() >= request.free;
    let due = survey.sites.iter().filter(|site| site.is_due);
    let is_paused = claimed.is_empty() && due.clone().count() > 0 && due.clone().all(Site::is_paused);
    // Sites share the free slots, so a site may have used up its share while another one had nothing to claim.
    let is_shared =
        !is_full && !claimed.is_empty() && survey.sites.iter().filter(|site| site.is_claimable()).count() > 1;
    let wait = if is_shared {
        Duration::ZERO
    } else if has_more_keys && !is_full {
        SEARCH_GAP
    } else {
        survey.next_event()
    };
    Turn { claimed, wait: wait.min(request.poll), is_paused }
}

#[cfg(test)]
mod tests;
