//! Scenarios: callers, limits and incidents.

use super::network;
use super::store::StoreModel;

/// A scenario. Times are in seconds, and rates are in requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// The number of independent processes.
    pub processes: usize,
    /// The number of callers in each process. A caller makes one call at a time.
    pub callers: usize,
    /// The rate limit of the site.
    pub limit: f64,
    /// The algorithm of the rate limit.
    pub supply: Supply,
    /// The cost of a throttled request, relative to that of an accepted request.
    pub charge: f64,
    /// Whether 429 responses have a `Retry-After` header in whole seconds.
    pub retry_after: bool,
    /// An incident during the run, if any.
    pub incident: Option<Incident>,
    /// The total work of all callers, given as its duration in seconds at the rate limit.
    pub work: f64,
    /// The interval at which idle callers start a call. If it is not set, each caller starts its next call immediately.
    pub period: Option<f64>,
    /// The store that the processes share, if they do.
    pub store: Option<StoreModel>,
    /// The times at which the second half of the processes starts and is killed. If it is not set, all processes run all the time.
    pub guests: Option<(f64, f64)>,
}

/// The algorithm that the simulated server uses to limit the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Supply {
    /// A token bucket of the given size, refilled at the rate limit.
    Bucket(f64),
    /// A token bucket that holds the given numbers of tokens at most and at the start, refilled at the rate limit.
    Reserve(f64, f64),
    /// Fixed windows of the given length, in seconds.
    Windows(f64),
}

/// A period with reduced capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Incident {
    /// A temporary reduction of the rate limit.
    Dip {
        /// The start of the dip.
        from: f64,
        /// The end of the dip.
        to: f64,
        /// The limit during the dip.
        limit: f64,
    },
    /// An outage, during which no requests are accepted.
    Outage {
        /// The start of the outage.
        from: f64,
        /// The end of the outage.
        to: f64,
    },
    /// Requests from other clients, at random times and without retries.
    Background {
        /// The start of the period with requests from other clients.
        from: f64,
        /// The end of the period with requests from other clients.
        to: f64,
        /// The rate of the requests from other clients.
        rate: f64,
    },
}

impl Scenario {
    /// Creates a scenario with one process, no pauses between calls, and a token bucket that holds the requests of one second.
    pub const fn new(callers: usize, limit: f64) -> Self {
        Self {
            processes: 1,
            callers,
            limit,
            supply: Supply::Bucket(limit),
            charge: 0.0,
            retry_after: false,
            incident: None,
            work: 60.0,
            period: None,
            store: None,
            guests: None,
        }
    }

    /// Returns the number of callers in all processes.
    pub fn all_callers(&self) -> usize {
        self.processes * self.callers
    }

    /// Returns the times at which a process starts and is killed.
    pub(super) fn lifetime(&self, process: usize) -> (f64, f64) {
        self.guests.filter(|_| 2 * process >= self.processes).unwrap_or((0.0, f64::INFINITY))
    }

    /// Returns the number of calls needed to complete the work, but at least four per caller.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
    pub fn jobs(&self) -> usize {
        ((self.work * self.limit) as usize).max(4 * self.all_callers())
    }

    /// Returns the time for all calls, in seconds, if the limit is used completely.
    pub fn ideal(&self) -> f64 {
        let (jobs, callers) = (count(self.jobs()), count(self.all_callers()));
        let by_limit = match self.supply {
            Supply::Bucket(burst) | Supply::Reserve(_, burst) => {
                (jobs - burst).max(0.0) / self.limit + self.missing() / self.limit
            }
            Supply::Windows(length) => ((jobs / (self.limit * length)).ceil() - 1.0) * length,
        };
        let by_callers = match self.period {
            Some(period) => ((jobs / callers).ceil() - 1.0) * period,
            None => ((jobs / callers).ceil() - 1.0) * network::ROUND_TRIP,
        };
        by_limit.max(by_callers) + network::ROUND_TRIP
    }

    /// Returns the number of requests by which a lower limit or background load reduces the total that can succeed. An outage
    /// counts as zero, so it lowers the goodput of every algorithm.
    fn missing(&self) -> f64 {
        match self.incident {
            Some(Incident::Dip { from, to, limit }) => (to - from) * (self.limit - limit),
            Some(Incident::Background { from, to, rate }) => (to - from) * rate,
            Some(Incident::Outage { .. }) | None => 0.0,
        }
    }

    /// Returns the end of the incident, if there is one.
    pub fn incident_end(&self) -> Option<f64> {
        match self.incident? {
            Incident::Dip { to, .. } | Incident::Outage { to, .. } | Incident::Background { to, .. } => Some(to),
        }
    }
}

/// Converts a count to a float. The counts in a simulation are small enough for an exact result.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
