//! The limit on store operations.

use std::collections::VecDeque;
use std::time::Duration;

use super::schedule::Need;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permits_ten_operations_per_second_and_reserves_three() {
        for (need, most) in [(Need::Urgent, 10), (Need::Report, 7), (Need::Load, 7)] {
            let mut budget = Budget::default();
            let (mut now, mut times) = (Duration::ZERO, Vec::new());
            while now < Duration::from_secs(10) {
                now = budget.next(now, need);
                budget.spend(now);
                times.push(now);
                now += Duration::from_millis(3);
            }
            assert!(times.len() >= 10 * most, "{need:?}");
            assert!(times.windows(most + 1).all(|window| window[most] >= window[0] + PERIOD), "{need:?}");
        }
    }
}
