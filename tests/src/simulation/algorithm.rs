//! The algorithms that handle 429 responses. All callers of a process share one.

mod aws;
mod backoff;
mod oracle;
mod ours;

use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::Tuning;

use super::scenario::Scenario;
use aws::Adaptive;
use backoff::{Backoff, Jitter};
use oracle::Oracle;
use ours::Ours;

/// The compared algorithms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AlgorithmKind {
    /// The throttle of the crate.
    Ours,
    /// The throttle with other parameters.
    Tuned(Tuning),
    /// Full jitter, with a maximum that doubles from 1 to 60 seconds.
    FullJitter,
    /// Full jitter, with a maximum that doubles from 0.5 to 8 seconds.
    FullJitterShort,
    /// Decorrelated jitter, from 1 second to three times the last pause, at most 60 seconds.
    Decorrelated,
    /// The adaptive mode of the AWS SDKs, with unlimited attempts.
    AwsAdaptive,
    /// The policy of reqwest-retry with three retries: full jitter, with a maximum that doubles from 1 second to 30 minutes.
    ReqwestRetry,
    /// Sends at exactly the limit, oldest call first.
    Oracle,
}

/// A response of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteResponse {
    /// Processed.
    Accepted,
    /// A 429.
    Throttled {
        /// The requested delay.
        retry_after: Option<Duration>,
    },
}

/// A decision of an algorithm about a caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decision {
    Send(usize),
    /// Sets a timer.
    Wake(usize, Duration),
    /// Fails the call.
    GiveUp(usize),
}

pub(super) trait Algorithm {
    /// A caller starts a call.
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Decision>);
    /// A timer fired.
    fn wake(&mut self, caller: usize, now: Duration, actions: &mut Vec<Decision>);
    /// A response arrived.
    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, actions: &mut Vec<Decision>);
}

impl AlgorithmKind {
    pub(super) fn start(self, callers: usize, scenario: &Scenario, random: Rng) -> Box<dyn Algorithm> {
        let full = |base, cap, attempts| Backoff::new(Jitter::Full, base, cap, attempts, callers, random.clone());
        match self {
            Self::Ours => Self::Tuned(Tuning::default()).start(callers, scenario, random),
            Self::Tuned(tuning) => Box::new(Ours::new(tuning, callers, random)),
            Self::FullJitter => Box::new(full(1.0, 60.0, u32::MAX)),
            Self::FullJitterShort => Box::new(full(0.5, 8.0, u32::MAX)),
            Self::ReqwestRetry => Box::new(full(1.0, 1800.0, 4)),
            Self::Decorrelated => Box::new(Backoff::new(Jitter::Decorrelated, 1.0, 60.0, u32::MAX, callers, random)),
            Self::AwsAdaptive => Box::new(Adaptive::new(callers, random)),
            Self::Oracle => Box::new(Oracle::new(scenario.limit, callers)),
        }
    }
}
