//! The algorithms that handle refusals. Each process has one for all of its callers.

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

/// An algorithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The throttle of the crate.
    Ours,
    /// The throttle with other parameters.
    Tuned(Tuning),
    /// Full jitter, up to a time that doubles from one second to sixty.
    FullJitter,
    /// Full jitter, from half a second to eight.
    FullJitterShort,
    /// Decorrelated jitter, from one second to three times the last wait, at most sixty.
    Decorrelated,
    /// The adaptive mode of the AWS SDKs, with unlimited attempts.
    AwsAdaptive,
    /// The policy of reqwest-retry with three retries: full jitter from one second to thirty minutes.
    ReqwestRetry,
    /// Sends at exactly the rate of the limit, oldest call first.
    Oracle,
}

/// The response to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// Processed.
    Accepted,
    /// A 429.
    Refused {
        /// The pause that the site requests.
        retry_after: Option<Duration>,
    },
}

/// An action of an algorithm for a caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    Send(usize),
    /// Sets a timer.
    Wake(usize, Duration),
    /// Fails the call.
    GiveUp(usize),
}

pub(super) trait Algorithm {
    /// A caller starts a call.
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>);
    /// A timer fired.
    fn wake(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>);
    /// A response arrived.
    fn answered(&mut self, caller: usize, now: Duration, answer: Answer, actions: &mut Vec<Action>);
}

impl Kind {
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
