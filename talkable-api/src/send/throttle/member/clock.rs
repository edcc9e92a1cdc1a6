//! The difference between the store's clock and the controller's.

use std::time::Duration;

/// How much two clocks may drift apart between two samples, in microseconds.
const DRIFT: i64 = 1_000;

/// The offset of the store's clock, in microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    offset: i64,
    /// The maximum error of the offset. `None` before the first sample.
    error: Option<i64>,
}

impl Clock {
    /// Adds a sample: the store's time at an unknown moment between `from` and `to`.
    pub(super) fn sample(&mut self, from: Duration, to: Duration, store: Duration) {
        let (from, to, store) = (micros(from), micros(to), micros(store));
        let error = to.saturating_sub(from) / 2;
        let offset = store.saturating_sub(from.saturating_add(error));
        let is_consistent = offset.saturating_sub(self.offset).saturating_abs() <= error + DRIFT;
        // An earlier sample with a shorter round trip is more exact, unless the clock has changed.
        if self.error.is_some_and(|known| known < error) && is_consistent {
            return;
        }
        *self = Self { offset, error: Some(error) };
    }

    pub(super) fn to_store(self, local: Duration) -> Duration {
        duration(micros(local).saturating_add(self.offset))
    }

    pub(super) fn to_local(self, store: Duration) -> Duration {
        duration(micros(store).saturating_sub(self.offset))
    }
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn prefers_the_sample_with_the_shortest_round_trip() {
        let mut clock = Clock::default();
        clock.sample(ms(100), ms(140), ms(5_030));
        assert_eq!((clock.to_store(ms(200)), clock.to_local(ms(5_000))), (ms(5_110), ms(90)));
        clock.sample(ms(200), ms(202), ms(5_101));
        assert_eq!(clock.to_store(ms(200)), ms(5_100));
        clock.sample(ms(300), ms(400), ms(5_210));
        assert_eq!(clock.to_store(ms(200)), ms(5_100));
    }

    #[test]
    fn follows_corrections_of_the_clock() {
        let mut clock = Clock::default();
        clock.sample(ms(100), ms(102), ms(5_001));
        clock.sample(ms(200), ms(300), ms(1_250));
        assert_eq!(clock.to_store(ms(300)), ms(1_300));
        assert_eq!(clock.to_local(ms(0)), Duration::ZERO);
    }
}
