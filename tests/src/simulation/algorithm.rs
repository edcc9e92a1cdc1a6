//! Algorithms that handle 429 responses. All callers in a process share one instance.

mod aws;
mod backoff;
mod oracle;
mod ours;
mod proportional;

use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::Tuning;
use talkable_api::__private::throttle::member::{Completion, Step};

use super::scenario::Scenario;
use aws::Adaptive;
use backoff::{Backoff, Jitter};
use oracle::Oracle;
use ours::Ours;
use proportional::Proportional;

/// The algorithms to compare.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there are few values")]
pub enum AlgorithmKind {
    /// The throttle of `talkable-api`.
    Ours,
    /// The throttle of `talkable-api` with other parameters.
    Tuned(Tuning),
    /// Full jitter, with a maximum that doubles from 1 to 60 seconds.
    FullJitter,
    /// Full jitter, with a maximum that doubles from 0.5 to 8 seconds.
    FullJitterShort,
    /// Decorrelated jitter: each pause lasts from 1 second to three times the previous pause, but at most 60 seconds.
    Decorrelated,
    /// The adaptive mode of the AWS SDKs, with unlimited attempts.
    AwsAdaptive,
    /// The policy of reqwest-retry with three retries: full jitter, with a maximum that doubles from 1 second to 30 minutes.
    ReqwestRetry,
    /// `ExponentialIncreaseProportionalDecrease` of `rate_throttle_client`, with the given first sleep in seconds.
    Proportional(f64),
    /// An oracle that knows the limit and sends requests at exactly this rate, oldest call first.
    Oracle,
}

/// A response from the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteResponse {
    /// The site processed the request.
    Accepted,
    /// The site responded with a 429.
    Throttled {
        /// The delay from the `Retry-After` header, if present.
        retry_after: Option<Duration>,
    },
}

/// The decision of an algorithm about a caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Decision {
    Send(usize),
    /// Sets a timer for the caller, which fires at the given time.
    Wake(usize, Duration),
    /// Makes the caller's current call fail.
    GiveUp(usize),
}

pub(super) trait Algorithm {
    /// Handles the start of a call.
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Decision>);
    /// Handles a timer that fired.
    fn wake(&mut self, caller: usize, now: Duration, actions: &mut Vec<Decision>);
    /// Handles a response.
    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, actions: &mut Vec<Decision>);
    /// Returns the next operation on the shared store. Most algorithms have no shared store.
    fn step(&mut self, _: Duration) -> Step {
        Step::default()
    }
    /// Handles the result of an operation on the shared store.
    fn complete(&mut self, _: Duration, _: Completion, _: &mut Vec<Decision>) {}
}

impl AlgorithmKind {
    pub(super) fn start(self, callers: usize, scenario: &Scenario, random: Rng) -> Box<dyn Algorithm> {
        let full = |base, cap, attempts| Backoff::new(Jitter::Full, base, cap, attempts, callers, random.clone());
        match self {
            Self::Ours => Self::Tuned(Tuning::default()).start(callers, scenario, random),
            Self::Tuned(tuning) => Box::new(Ours::new(tuning, callers, scenario.store.is_some(), random)),
            Self::FullJitter => Box::new(full(1.0, 60.0, u32::MAX)),
            Self::FullJitterShort => Box::new(full(0.5, 8.0, u32::MAX)),
            Self::ReqwestRetry => Box::new(full(1.0, 1800.0, 4)),
            Self::Decorrelated => Box::new(Backoff::new(Jitter::Decorrelated, 1.0, 60.0, u32::MAX, callers, random)),
            Self::AwsAdaptive => Box::new(Adaptive::new(callers, random)),
            Self::Proportional(first_sleep) => Box::new(Proportional::new(first_sleep, callers, random)),
            Self::Oracle => Box::new(Oracle::new(scenario.limit, callers)),
        }
    }
}
