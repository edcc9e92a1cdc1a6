//! The simulated store that the processes share.

use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::member::{Completion, Operation};
use talkable_api::throttle::{Snapshot, Swap};

use super::network::exponential;

/// The properties of a store. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoreModel {
    /// The mean duration of an operation.
    pub latency: f64,
    /// The fraction of operations without a response.
    pub loss: f64,
    /// A period in which no operation succeeds.
    pub outage: Option<(f64, f64)>,
    /// The time at which the store loses its content.
    pub cleared: Option<f64>,
}

impl StoreModel {
    /// Creates a store without failures.
    pub const fn new(latency: f64) -> Self {
        Self { latency, loss: 0.0, outage: None, cleared: None }
    }
}

/// The time of the store's clock at the start of a run.
const EPOCH: Duration = Duration::from_secs(1_800_000_000);

/// A store with the value of one key.
pub(super) struct Store {
    model: StoreModel,
    value: Option<(u64, Vec<u8>)>,
    last_version: u64,
    random: Rng,
}

impl Store {
    pub(super) fn new(model: StoreModel, random: Rng) -> Self {
        Self { model, value: None, last_version: 0, random }
    }

    /// Returns the delay until an operation arrives, or `None` if it is lost.
    pub(super) fn way(&mut self) -> Option<Duration> {
        let is_lost = self.random.f64() < self.model.loss / 2.0;
        // A quarter of the latency is random.
        let way = self.model.latency / 2.0 * 0.75 + exponential(&mut self.random, self.model.latency / 8.0);
        (!is_lost).then(|| Duration::from_secs_f64(way))
    }

    /// Executes an operation that arrives at `now`. Returns `None` during an outage.
    pub(super) fn execute(&mut self, now: Duration, operation: Operation) -> Option<Completion> {
        let seconds = now.as_secs_f64();
        if self.model.outage.is_some_and(|(from, to)| (from..to).contains(&seconds)) {
            return None;
        }
        if self.model.cleared.is_some_and(|cleared| cleared <= seconds) {
            (self.value, self.model.cleared) = (None, None);
        }
        let version = self.value.as_ref().map_or(0, |(version, _)| *version);
        Some(match operation {
            Operation::Load => Completion::Loaded(self.snapshot(now)),
            Operation::Swap { expected, .. } if expected != version => {
                Completion::Swapped(Swap::Refused(self.snapshot(now)))
            }
            Operation::Swap { blob, .. } => {
                self.last_version += 1;
                self.value = Some((self.last_version, blob));
                Completion::Swapped(Swap::Stored { version: self.last_version, now: EPOCH + now })
            }
        })
    }

    fn snapshot(&self, now: Duration) -> Snapshot {
        match &self.value {
            Some((version, blob)) => Snapshot::new(*version, blob.clone(), EPOCH + now),
            None => Snapshot::absent(EPOCH + now),
        }
    }
}
