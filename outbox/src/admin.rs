//! The operations for operators: entries that need attention, retries, retention and figures.

mod erase;
mod listed;
mod stats;

use std::time::Duration;

pub use self::erase::Erased;
pub use self::listed::{Filter, Listed};
pub use self::stats::{Pause, Stats};
use crate::database::milliseconds;
use crate::entry::{Doubt, EntryId};
use crate::error::Error;
use crate::outbox::Outbox;
use crate::sql::{Sql, sql};
use crate::turn::RESUME;

const RETRY: Sql = sql! {
    "UPDATE talkable_outbox SET state = 'ready', blocks = 1, attempts = 0, tries = 0, due = " NOW ", changed = " NOW "
    WHERE id = $2 AND payload IS NOT NULL AND state = 'dead'"
};

/// An entry that was sent again has another token.
const NOT_PROCESSED: Sql = sql! {
    "UPDATE talkable_outbox SET state = 'ready', blocks = 1, attempts = 0, tries = 0, due = " NOW ", changed = " NOW "
    WHERE id = $2 AND payload IS NOT NULL AND state = 'doubtful' AND token = $3"
};

const PROCESSED: Sql = sql! {
    "UPDATE talkable_outbox SET state = 'done', blocks = 0, payload = NULL, changed = " NOW "
    WHERE id = $2 AND state = 'doubtful' AND token = $3"
};

/// Deletes at most 1,000 entries, so that a purge does not block the workers.
const PURGE: Sql = sql! {
    "DELETE FROM talkable_outbox WHERE id IN (
        SELECT id FROM talkable_outbox
        WHERE (state = 'done' AND changed <= " NOW " - $2) OR (state IN ('dead', 'doubtful') AND changed <= " NOW " - $3)
        ORDER BY id LIMIT 1000)"
};

/// The result of looking up a doubtful call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The API has processed the call.
    Processed,
    /// The API has not processed the call, so it is sent again.
    NotProcessed,
}

impl Outbox {
    /// Sends a dead entry again. Returns false if the entry is not dead, or if its payload was erased.
    ///
    /// Later entries with the same key may have been sent already. Those that are not in flight wait for this entry.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn retry(&self, id: EntryId) -> Result<bool, Error> {
        Ok(self.pool.execute(&RETRY, &[self.now().into(), id.into()]).await? > 0)
    }

    /// Resolves a doubtful entry. Returns false if the entry is no longer in this doubt, because it was resolved or sent
    /// again, or if its payload was erased.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn resolve(&self, doubt: Doubt, resolution: Resolution) -> Result<bool, Error> {
        let statement = match resolution {
            Resolution::NotProcessed => &NOT_PROCESSED,
            Resolution::Processed => &PROCESSED,
        };
        let arguments = [self.now().into(), doubt.entry.into(), doubt.token.into()];
        Ok(self.pool.execute(statement, &arguments).await? > 0)
    }

    /// Deletes the processed entries, and the dead and doubtful ones, that have not changed for the given times.
    /// Returns their number.
    ///
    /// The deduplication keys of these entries are deleted too, so keep processed entries as long as a duplicate can
    /// arrive.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn purge(&self, done: Duration, failed: Duration) -> Result<u64, Error> {
        let arguments = [self.now().into(), milliseconds(done).into(), milliseconds(failed).into()];
        self.pool.exhaust(&PURGE, &arguments).await
    }

    /// Ends the pause of a site, for example after its API key was replaced.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn resume(&self, site: &str) -> Result<(), Error> {
        self.pool.execute(&RESUME, &[site.into()]).await.map(drop)
    }
}
