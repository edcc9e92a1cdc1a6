//! The limit on a site's memory.

use super::Site;

/// The estimated size of a record without its long strings.
const RECORD_BYTES: usize = 1024;

/// The error for a request that would exceed a site's memory limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct QuotaExceeded {
    pub(crate) max_bytes: usize,
}

impl Site {
    /// Checks that the site has room for this number of additional records. `bytes` is the total size of their long strings
    /// and files.
    pub(crate) fn check_quota(&self, records: usize, bytes: usize) -> Result<(), QuotaExceeded> {
        let records = self.record_count().saturating_add(records).saturating_mul(RECORD_BYTES);
        let size = records.saturating_add(self.extra_bytes).saturating_add(self.outbox.bytes());
        let max_bytes = self.max_bytes;
        if size.saturating_add(bytes) <= max_bytes { Ok(()) } else { Err(QuotaExceeded { max_bytes }) }
    }

    /// Runs an action, and adds `bytes` to the site's size if the action added a record.
    pub(crate) fn charging<T>(&mut self, bytes: usize, action: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.record_count();
        let result = action(self);
        if self.record_count() > before {
            self.extra_bytes = self.extra_bytes.saturating_add(bytes);
        }
        result
    }
}
