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
use crate::sql::{Sql, purge, sql};
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

const DISCARD: Sql = sql! {
    "UPDATE talkable_outbox SET state = 'discarded', blocks = 0, payload = NULL, changed = " NOW "
    WHERE id = $2 AND state IN ('dead', 'doubtful')"
};

const PURGE_PROCESSED: Sql = purge!("talkable_outbox", "o.state IN ('done', 'discarded')");

/// An entry that holds its key stays, because the later ones with this key wait for it.
const PURGE_FAILED: Sql =
    purge!("talkable_outbox", "o.state IN ('dead', 'doubtful') AND (o.blocks = 0 OR o.key IS NULL)");

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

    /// Gives a dead or doubtful entry up: its payload is deleted, and later entries with the same key are sent. Returns
    /// false if the entry is neither dead nor doubtful.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if the statement fails.
    pub async fn discard(&self, id: EntryId) -> Result<bool, Error> {
        Ok(self.pool.execute(&DISCARD, &[self.now().into(), id.into()]).await? > 0)
    }

    /// Deletes the processed and discarded entries, and the dead and doubtful ones, that have not changed for the given
    /// times. Returns their number.
    ///
    /// Dead and doubtful entries that [hold their key](crate::Entry::hold_key) stay until they are retried, resolved or
    /// [discarded](Self::discard).
    ///
    /// The deduplication keys of these entries are deleted too, so keep processed entries as long as a duplicate can
    /// arrive.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] if a statement fails.
    pub async fn purge(&self, done: Duration, failed: Duration) -> Result<u64, Error> {
        let arguments = |age| [self.now().into(), milliseconds(age).into()];
        let processed = self.pool.exhaust(&PURGE_PROCESSED, &arguments(done)).await?;
        Ok(processed + self.pool.exhaust(&PURGE_FAILED, &arguments(failed)).await?)
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
