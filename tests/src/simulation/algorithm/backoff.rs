//! Independent calls that wait a random time, longer after every refusal.

use std::time::Duration;

use fastrand::Rng;

use super::{Action, Algorithm, Answer};

/// The kind of jitter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Jitter {
    /// Up to a time that doubles.
    Full,
    /// From the shortest wait to three times the last one.
    Decorrelated,
}

/// The waits of all calls.
pub(super) struct Backoff {
    jitter: Jitter,
    base: f64,
    cap: f64,
    attempts: u32,
    /// For each caller, the attempts of its call and the last wait.
    calls: Vec<(u32, f64)>,
    random: Rng,
}

impl Backoff {
    pub(super) fn new(jitter: Jitter, base: f64, cap: f64, attempts: u32, callers: usize, random: Rng) -> Self {
        Self { jitter, base, cap, attempts, calls: vec![(0, base); callers], random }
    }

    /// The wait after a refusal, or none if the call gives up.
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

    /// A new call of a caller.
    pub(super) fn reset(&mut self, caller: usize) {
        self.calls[caller] = (0, self.base);
    }
}

impl Algorithm for Backoff {
    fn begin(&mut self, caller: usize, _: Duration, actions: &mut Vec<Action>) {
        self.reset(caller);
        actions.push(Action::Send(caller));
    }

    fn wake(&mut self, caller: usize, _: Duration, actions: &mut Vec<Action>) {
        actions.push(Action::Send(caller));
    }

    fn answered(&mut self, caller: usize, now: Duration, answer: Answer, actions: &mut Vec<Action>) {
        let Answer::Refused { retry_after } = answer else { return };
        actions.push(match self.pause(caller) {
            Some(pause) => Action::Wake(caller, now + retry_after.unwrap_or_default() + pause),
            None => Action::GiveUp(caller),
        });
    }
}
