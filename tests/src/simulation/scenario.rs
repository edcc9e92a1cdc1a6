//! Scenarios: callers, limits and incidents.

use super::network;

/// A scenario. Times are seconds, rates are requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// The number of independent processes.
    pub processes: usize,
    /// The number of callers in each process. Each makes one call at a time.
    pub callers: usize,
    /// The rate that the site allows.
    pub limit: f64,
    /// The algorithm of the limit.
    pub supply: Supply,
    /// The cost of a throttled request, in requests.
    pub charge: f64,
    /// Whether 429 responses have a `Retry-After` in whole seconds.
    pub retry_after: bool,
    /// An incident during the run.
    pub incident: Option<Incident>,
    /// The work of all callers, in seconds at the limit.
    pub work: f64,
    /// The interval at which idle callers start a call. They start immediately if not set.
    pub period: Option<f64>,
}

/// The algorithm of a limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Supply {
    /// A token bucket of this size that fills at the limit.
    Bucket(f64),
    /// Fixed windows of this length.
    Windows(f64),
}

/// A period with less capacity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Incident {
    /// A lower limit.
    Dip {
        /// The start.
        from: f64,
        /// The end.
        to: f64,
        /// The limit during the dip.
        limit: f64,
    },
    /// No requests are accepted.
    Outage {
        /// The start.
        from: f64,
        /// The end.
        to: f64,
    },
    /// Other clients send requests at random times, without retries.
    Background {
        /// The start.
        from: f64,
        /// The end.
        to: f64,
        /// Their rate.
        rate: f64,
    },
}

impl Scenario {
    /// Creates a scenario of one process, without pauses between calls, and with a bucket of one second.
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
        }
    }

    /// Returns the number of callers in all processes.
    pub fn all_callers(&self) -> usize {
        self.processes * self.callers
    }

    /// Returns the number of calls: enough for the work, and at least four for each caller.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
    pub fn jobs(&self) -> usize {
        ((self.work * self.limit) as usize).max(4 * self.all_callers())
    }

    /// Returns the seconds that all calls take if the limit is used completely.
    pub fn ideal(&self) -> f64 {
        let (jobs, callers) = (count(self.jobs()), count(self.all_callers()));
        let by_limit = match self.supply {
            Supply::Bucket(burst) => (jobs - burst).max(0.0) / self.limit + self.missing() / self.limit,
            Supply::Windows(length) => ((jobs / (self.limit * length)).ceil() - 1.0) * length,
        };
        let by_callers = match self.period {
            Some(period) => ((jobs / callers).ceil() - 1.0) * period,
            None => ((jobs / callers).ceil() - 1.0) * network::ROUND_TRIP,
        };
        by_limit.max(by_callers) + network::ROUND_TRIP
    }

    /// Returns the capacity that an incident costs, in requests. An outage counts as lost time, which no algorithm can avoid.
    fn missing(&self) -> f64 {
        match self.incident {
            Some(Incident::Dip { from, to, limit }) => (to - from) * (self.limit - limit),
            Some(Incident::Background { from, to, rate }) => (to - from) * rate,
            Some(Incident::Outage { .. }) | None => 0.0,
        }
    }

    /// Returns the end of the incident.
    pub fn incident_end(&self) -> Option<f64> {
        match self.incident? {
            Incident::Dip { to, .. } | Incident::Outage { to, .. } | Incident::Background { to, .. } => Some(to),
        }
    }
}

/// Converts a count to a float. Counts of simulations are small enough to be exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
