//! What callers do about refusals. Each process has one algorithm for all of its callers.

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

/// The algorithms that can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// The throttle of the crate.
    Ours,
    /// The same with other numbers.
    Tuned(Tuning),
    /// Waits between nothing and a time that doubles from one second to sixty.
    FullJitter,
    /// The same from half a second to eight.
    FullJitterShort,
    /// Waits between a second and three times the last wait, sixty seconds at most.
    Decorrelated,
    /// The adaptive mode of the AWS SDKs, with unlimited attempts.
    AwsAdaptive,
    /// The policy of reqwest-retry with three retries: full jitter from one second to thirty minutes.
    ReqwestRetry,
    /// Knows the limit and sends at exactly that rate, the oldest call first.
    Oracle,
}

/// How a request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// It was carried out.
    Accepted,
    /// It wasn't.
    Refused {
        /// How long the site asks to wait.
        retry_after: Option<Duration>,
    },
}

/// What an algorithm wants for a caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Action {
    Send(usize),
    /// To be woken at a time.
    Wake(usize, Duration),
    /// To tell the caller that its call has failed.
    GiveUp(usize),
}

pub(super) trait Algorithm {
    /// A caller has a new call.
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>);
    /// A time that was asked for has come.
    fn wake(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>);
    /// The call of a caller was answered.
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
