//! The progress of a bulk.

/// The progress of a bulk, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The index of the first row without an outcome. Resume at this row.
    pub next: u64,
    /// The number of rows that failed in this run.
    pub failed: u64,
    /// The number of rows that were taken from the source but have no outcome yet.
    pub in_flight: u64,
    /// The total number of rows, including skipped ones, if the source reports it exactly.
    pub total: Option<u64>,
}

impl Progress {
    /// Records an outcome for the next `rows` rows, and returns the index of the first of them.
    pub(super) fn record(&mut self, rows: u64, has_failed: bool) -> u64 {
        let first = self.next;
        self.next += rows;
        if has_failed {
            self.failed += rows;
        }
        first
    }
}
