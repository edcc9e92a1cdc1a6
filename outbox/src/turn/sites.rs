//! The state of all sites that have entries to be sent.

use std::time::Duration;

use crate::database::{Argument, Connection, Pool, Row};
use crate::error::Error;
use crate::schema::current_version;
use crate::sql::{Sql, sql};

/// Lists the sites with ready entries, and adds a row without a site. The recursion skips from site to site in the
/// index, so the cost depends on the number of sites and not on the number of entries.
///
/// The last column is not null if another process has migrated the tables to a version that this one can't use.
const SURVEY: Sql = sql! {
    "WITH RECURSIVE sites(site) AS (
        SELECT min(site) FROM talkable_outbox WHERE state = 'ready'
        UNION ALL
        SELECT (SELECT min(o.site) FROM talkable_outbox o WHERE o.state = 'ready' AND o.site > sites.site)
        FROM sites WHERE sites.site IS NOT NULL)
    SELECT sites.site,
        (SELECT min(o.due) FROM talkable_outbox o WHERE o.state = 'ready' AND o.site = sites.site) - " NOW ",
        (SELECT min(o.due) FROM talkable_outbox o WHERE o.state = 'ready' AND o.site = sites.site AND o.due > " NOW ") - " NOW ",
        pause.until - " NOW ",
        pause.failures,
        (SELECT min(o.lease) FROM talkable_outbox o WHERE o.lease IS NOT NULL) - " NOW ",
        (SELECT max(version) FROM talkable_outbox_version WHERE oldest_reader > $2)
    FROM sites LEFT JOIN talkable_outbox_pause pause ON pause.site = sites.site"
};

/// A site that has ready entries.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) site: String,
    /// Whether the time of an entry has come. The entry may still wait for an earlier one with the same key.
    pub(super) is_due: bool,
    /// The time until the next entry is due, without those that are due already.
    next_due: Option<Duration>,
    /// The time until the end of the pause.
    paused_for: Option<Duration>,
    /// The number of failures since the site responded. While it is not zero, workers send one entry at a time.
    pub(super) failures: i64,
}

impl Site {
    pub(super) fn is_paused(&self) -> bool {
        self.paused_for.is_some()
    }

    pub(super) fn is_claimable(&self) -> bool {
        self.is_due && !self.is_paused()
    }
}

/// The sites that have ready entries, and the leases.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) sites: Vec<Site>,
    pub(super) has_expired_lease: bool,
    next_lease: Option<Duration>,
}

impl Survey {
    /// The time until an entry becomes due, a pause ends or a lease expires.
    pub(super) fn next_event(&self) -> Duration {
        let sites = self.sites.iter().filter_map(|site| site.paused_for.or(site.next_due));
        sites.chain(self.next_lease).min().unwrap_or(Duration::MAX)
    }
}

/// Reads the state of all sites in a transaction.
pub(super) async fn read(connection: &mut Connection<'_>, now: Option<i64>) -> Result<Survey, Error> {
    survey(&connection.fetch(&SURVEY, &arguments(now)).await?)
}

/// Reads the state of all sites without a transaction.
pub(super) async fn peek(pool: &Pool, now: Option<i64>) -> Result<Survey, Error> {
    survey(&pool.fetch(&SURVEY, &arguments(now)).await?)
}

fn arguments(now: Option<i64>) -> [Argument<'static>; 2] {
    [now.into(), current_version().into()]
}

/// Reads the result of [`SURVEY`].
fn survey(rows: &[Row]) -> Result<Survey, Error> {
    let mut survey = Survey { sites: Vec::new(), has_expired_lease: false, next_lease: None };
    for row in rows {
        if let Some(version) = row.int(6)? {
            return Err(Error::SchemaTooNew { version });
        }
        let lease = row.int(5)?;
        survey.has_expired_lease = lease.is_some_and(|lease| lease <= 0);
        survey.next_lease = positive(lease);
        let Some(site) = row.text(0)? else { continue };
        survey.sites.push(Site {
            site,
            is_due: row.int(1)?.is_some_and(|due| due <= 0),
            next_due: positive(row.int(2)?),
            paused_for: positive(row.int(3)?),
            failures: row.int(4)?.unwrap_or(0),
        });
    }
    Ok(survey)
}

fn positive(milliseconds: Option<i64>) -> Option<Duration> {
    milliseconds.and_then(|time| u64::try_from(time).ok()).filter(|time| *time > 0).map(Duration::from_millis)
}
