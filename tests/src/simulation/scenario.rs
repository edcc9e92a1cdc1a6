//! Scenarios: callers, limits and incidents.

use super::network;

/// A scenario. Times are seconds, rates are requests per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// Independent processes.
    pub processes: usize,
    /// Callers in each process, with one call at a time.
    pub callers: usize,
    /// The rate that the site allows.
    pub limit: f64,
    /// How the site counts.
    pub supply: Supply,
    /// The cost of a refused request, in requests.
    pub charge: f64,
    /// Whether a refusal has a `Retry-After` in whole seconds.
    pub retry_after: bool,
    /// An incident during the run.
    pub incident: Option<Incident>,
    /// The work of all callers, in seconds at the limit.
    pub work: f64,
    /// Idle callers start a call at every multiple of this. Without it, they start at once.
    pub period: Option<f64>,
}

/// How a limit is counted.
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
    /// Another limit.
    Dip {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
        /// The limit during the dip.
        limit: f64,
    },
    /// All requests are refused.
    Outage {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
    },
    /// Other clients use the same limit at random times, without retries.
    Background {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
        /// Their rate.
        rate: f64,
    },
}

impl Scenario {
    /// One process without pauses between calls, and a bucket of one second.
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

    /// All callers of all processes.
    pub fn all_callers(&self) -> usize {
        self.processes * self.callers
    }

    /// The number of calls: enough for the work, and at least four for each caller.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
    pub fn jobs(&self) -> usize {
        ((self.work * self.limit) as usize).max(4 * self.all_callers())
    }

    /// The seconds that all calls take if the limit is used completely.
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

    /// The requests that an incident costs. An outage counts as lost time, since no algorithm can avoid it.
    fn missing(&self) -> f64 {
        match self.incident {
            Some(Incident::Dip { from, to, limit }) => (to - from) * (self.limit - limit),
            Some(Incident::Background { from, to, rate }) => (to - from) * rate,
            Some(Incident::Outage { .. }) | None => 0.0,
        }
    }

    /// The end of the incident.
    pub fn incident_end(&self) -> Option<f64> {
        match self.incident? {
            Incident::Dip { to, .. } | Incident::Outage { to, .. } | Incident::Background { to, .. } => Some(to),
        }
    }
}

/// A count as a float. Counts of simulations are small enough to be exact.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
