//! What is simulated: how many callers, what limit, and what happens meanwhile.

use super::network;

/// One situation. Times are seconds, rates requests a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scenario {
    /// Processes that don't know of each other.
    pub processes: usize,
    /// Callers in each of them, with one call at a time.
    pub callers: usize,
    /// How much the site allows.
    pub limit: f64,
    /// How the limit is counted.
    pub supply: Supply,
    /// What a refused request costs, in requests.
    pub charge: f64,
    /// Whether a refusal says how long to wait, in whole seconds.
    pub retry_after: bool,
    /// What goes wrong meanwhile.
    pub incident: Option<Incident>,
    /// How many seconds of the limit the callers want to use.
    pub work: f64,
    /// All callers begin a call at every multiple of this, if they are free; otherwise as soon as they are free.
    pub period: Option<f64>,
}

/// How a limit is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Supply {
    /// A bucket that fills at the limit and holds so many requests.
    Bucket(f64),
    /// Windows of so many seconds, each with its share of the limit.
    Windows(f64),
}

/// A time in which less is allowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Incident {
    /// The limit is another one.
    Dip {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
        /// The limit meanwhile.
        limit: f64,
    },
    /// Everything is refused.
    Outage {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
    },
    /// Others use the same limit, in no rhythm, and don't come back when they are refused.
    Background {
        /// When it begins.
        from: f64,
        /// When it ends.
        to: f64,
        /// How much they ask for.
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

    /// How many calls are made: enough for the time, and at least four for each caller.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "limits are small and positive")]
    pub fn jobs(&self) -> usize {
        ((self.work * self.limit) as usize).max(4 * self.all_callers())
    }

    /// The seconds in which all calls could be done by somebody who knew the limit and could use every bit of it.
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

    /// How many requests an incident takes away. During an outage nobody could do better, so it counts as lost time.
    fn missing(&self) -> f64 {
        match self.incident {
            Some(Incident::Dip { from, to, limit }) => (to - from) * (self.limit - limit),
            Some(Incident::Background { from, to, rate }) => (to - from) * rate,
            Some(Incident::Outage { .. }) | None => 0.0,
        }
    }

    /// When an incident ends.
    pub fn incident_end(&self) -> Option<f64> {
        match self.incident? {
            Incident::Dip { to, .. } | Incident::Outage { to, .. } | Incident::Background { to, .. } => Some(to),
        }
    }
}

/// A count as a float; no simulation counts so far that it would be rounded.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) fn count(count: usize) -> f64 {
    count as f64
}
