//! Entries that a worker has claimed.

use crate::entry::EntryId;

/// An entry that this worker has claimed.
#[derive(Clone)]
pub(crate) struct Claimed {
    pub(crate) id: EntryId,
    pub(crate) token: i64,
    pub(crate) site: String,
    pub(crate) operation: String,
    pub(crate) payload: String,
    /// The number of attempts that count toward the limit.
    pub(crate) attempts: u32,
    /// The number of all failed attempts, which determines the pause before the next one.
    pub(crate) tries: u32,
    /// The number of failures of the site, if this is the attempt after a pause.
    pub(crate) probe: Option<i64>,
}

impl std::fmt::Debug for Claimed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("Claimed");
        shown.field("id", &self.id).field("site", &self.site).field("operation", &self.operation);
        shown.field("attempts", &self.attempts).finish_non_exhaustive()
    }
}
