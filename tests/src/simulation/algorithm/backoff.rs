//! Backoff with jitter, independent for each call.

use std::time::Duration;

use fastrand::Rng;

use super::{Algorithm, Decision, SiteResponse};

/// The kind of jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Jitter {
    /// A pause between zero and a maximum that doubles after each attempt.
    Full,
    /// A pause between a minimum and three times the previous pause.
    Decorrelated,
}

/// The backoff state of all callers.
pub(super) struct Backoff {
    jitter: Jitter,
    base: f64,
    cap: f64,
    attempts: u32,
    /// For the current call of each caller, the number of attempts and the last pause in seconds.
    calls: Vec<(u32, f64)>,
    random: Rng,
}

impl Backoff {
    pub(super) fn new(jitter: Jitter, base: f64, cap: f64, attempts: u32, callers: usize, random: Rng) -> Self {
        Self { jitter, base, cap, attempts, calls: vec![(0, base); callers], random }
    }

    /// Returns the pause after a 429, or `None` if the call gives up.
    pub(super) fn pause(&mut self, caller: usize) -> Option<Duration> {
        let (sent, last) = &mut self.calls[caller];
        *sent += 1;
        if *sent >= self.attempts {
            return None;
        }
        *last = match self.jitter {
            Jitter::Full => {
                let longest = self.base * 2.0_f64.powi((*sent - 1).min(100).cast_signed());
                self.random.f64() * longest.min(self.cap)
            }
            Jitter::Decorrelated => (self.base + self.random.f64() * (3.0 * *last - self.base)).min(self.cap),
        };
        Some(Duration::from_secs_f64(*last))
    }

    /// Resets the state of a caller for a new call.
    pub(super) fn reset(&mut self, caller: usize) {
        self.calls[caller] = (0, self.base);
    }
}

impl Algorithm for Backoff {
    fn begin(&mut self, caller: usize, _: Duration, decisions: &mut Vec<Decision>) {
        self.reset(caller);
        decisions.push(Decision::Send(caller));
    }

    fn wake(&mut self, caller: usize, _: Duration, decisions: &mut Vec<Decision>) {
        decisions.push(Decision::Send(caller));
    }

    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, decisions: &mut Vec<Decision>) {
        let SiteResponse::Throttled { retry_after } = response else { return };
        decisions.push(match self.pause(caller) {
            Some(pause) => Decision::Wake(caller, now + retry_after.unwrap_or_default() + pause),
            None => Decision::GiveUp(caller),
        });
    }
}
