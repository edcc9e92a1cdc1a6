//! Figures for monitoring.

use std::time::Duration;

use crate::database::Row;
use crate::entry::State;
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};

/// Each part has an index, so that processed entries cost nothing.
const COUNT: Sql = sql! {
    "SELECT CAST('ready' AS TEXT), count(*),
        " NOW " - min(CASE WHEN coalesce(not_before, 0) <= " NOW "
            THEN " GREATEST "(created, coalesce(not_before, 0)) END)
    FROM talkable_outbox WHERE state = 'ready'
    UNION ALL
    SELECT 'claimed', count(*), " NOW " - min(created) FROM talkable_outbox WHERE lease IS NOT NULL
    UNION ALL
    SELECT state, count(*), NULL FROM talkable_outbox WHERE state IN ('dead', 'doubtful') GROUP BY state"
};

const COUNT_WEBHOOKS: Sql = sql! {
    "SELECT (SELECT count(*) FROM talkable_inbox WHERE state = 'ready'),
        (SELECT count(*) FROM talkable_inbox WHERE state = 'dead'),
        " NOW " - (SELECT min(created) FROM talkable_inbox WHERE state = 'ready')"
};

const PAUSES: Sql = sql! {
    "SELECT site, reason, until - " NOW " FROM talkable_outbox_pause WHERE until > " NOW " ORDER BY site"
};

/// The figures of an outbox and its inbox. Alert on a growing age of the oldest entry, and on dead and doubtful
/// entries.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// The number of entries that wait to be sent.
    pub ready: u64,
    /// The number of entries that workers have claimed.
    pub in_flight: u64,
    /// The number of dead entries.
    pub dead: u64,
    /// The number of doubtful entries.
    pub doubtful: u64,
    /// The age of the oldest entry that is ready or in flight, without those whose time has not come. The age of an entry
    /// with [`not_before`](crate::Entry::not_before) begins then.
    pub oldest: Option<Duration>,
    /// The paused sites.
    pub pauses: Vec<Pause>,
    /// The number of webhooks in the inbox that wait for a receiver.
    pub ready_webhooks: u64,
    /// The number of webhooks that failed too often.
    pub dead_webhooks: u64,
    /// The age of the oldest webhook that waits for a receiver.
    pub oldest_webhook: Option<Duration>,
}

/// A pause of a site.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pause {
    /// The slug of the site.
    pub site: String,
    /// The reason: `throttled`, `unauthorized`, `unavailable`, or `failed` while one call checks whether the site is
    /// available.
    pub reason: String,
    /// The time until a worker tries again.
    pub remaining: Duration,
}

impl Outbox {
    /// Counts the entries and webhooks that are not done. The time depends on their number, so do not call it more than
    /// a few times a minute.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn stats(&self) -> Result<Stats, Error> {
        let now = self.now();
        let mut stats = Stats::default();
        for row in self.pool.fetch(&COUNT, &[now.into()]).await? {
            let (count, age) = (count(&row, 1)?, row.int(2)?.map(|_| row.duration(2)).transpose()?);
            stats.oldest = stats.oldest.max(age);
            match row.text(0)?.as_deref().and_then(State::from_name) {
                Some(State::Ready) => stats.ready = count,
                Some(State::Claimed) => stats.in_flight = count,
                Some(State::Dead) => stats.dead = count,
                Some(State::Doubtful) => stats.doubtful = count,
                _ => {}
            }
        }
        for row in self.pool.fetch(&COUNT_WEBHOOKS, &[now.into()]).await? {
            (stats.ready_webhooks, stats.dead_webhooks) = (count(&row, 0)?, count(&row, 1)?);
            stats.oldest_webhook = row.int(2)?.map(|_| row.duration(2)).transpose()?;
        }
        for row in self.pool.fetch(&PAUSES, &[now.into()]).await? {
            stats.pauses.push(Pause {
                site: row.text(0)?.unwrap_or_default(),
                reason: row.text(1)?.unwrap_or_default(),
                remaining: row.duration(2)?,
            });
        }
        Ok(stats)
    }
}

fn count(row: &Row, column: usize) -> Result<u64, Error> {
    Ok(row.int(column)?.and_then(|count| u64::try_from(count).ok()).unwrap_or(0))
}
