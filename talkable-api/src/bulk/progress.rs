//! The progress of a bulk.

/// How many rows of a bulk are done, failed and in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The index of the first row without an outcome: where to resume.
    pub next: u64,
    /// How many rows have failed in this run.
    pub failed: u64,
    /// How many rows have been taken from the source and have no outcome yet.
    pub in_flight: u64,
    /// The number of all rows, including skipped ones, if the source reports it exactly.
    pub total: Option<u64>,
}

impl Progress {
    /// Counts rows that have an outcome, and returns the index of the first of them.
    pub(super) fn record(&mut self, rows: u64, has_failed: bool) -> u64 {
        let first = self.next;
        self.next += rows;
        if has_failed {
            self.failed += rows;
        }
        first
    }
}
