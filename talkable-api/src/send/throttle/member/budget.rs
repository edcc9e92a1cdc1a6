//! The limit on store operations.

use std::collections::VecDeque;
use std::time::Duration;

use super::Need;

/// The maximum number of operations within [`PERIOD`].
const MAX: usize = 10;
/// The number of operations reserved for urgent needs.
const RESERVED: usize = 3;

const PERIOD: Duration = Duration::from_secs(1);

/// The times of the latest operations.
#[derive(Debug, Default)]
pub(super) struct Budget {
    spent: VecDeque<Duration>,
}

impl Budget {
    /// The earliest time of the next operation.
    pub(super) fn next(&self, now: Duration, need: Need) -> Duration {
        let max = if need == Need::Urgent { MAX } else { MAX - RESERVED };
        let last = self.spent.len().checked_sub(max).and_then(|index| self.spent.get(index));
        last.map_or(now, |last| now.max(*last + PERIOD))
    }

    pub(super) fn spend(&mut self, now: Duration) {
        if self.spent.len() == MAX {
            self.spent.pop_front();
        }
        self.spent.push_back(now);
    }
}
