//! The adaptive mode of the AWS SDKs: full jitter, and a token bucket whose rate follows CUBIC.

use std::time::Duration;

use fastrand::Rng;

use super::backoff::{Backoff, Jitter};
use super::{Action, Algorithm, Answer};

/// The factor of the rate after a refusal, and the growth after that.
const BETA: f64 = 0.7;
const SCALE: f64 = 0.4;
/// The slowest rate, and the smallest bucket.
const SLOWEST: f64 = 0.5;
const SMALLEST: f64 = 1.0;
/// The weight of a new measurement, and the measurements per second.
const SMOOTH: f64 = 0.8;
const MEASUREMENTS: f64 = 2.0;

/// The shortest sleep before a call tries to take a token again. The order of sleeping calls is unspecified; a minimum keeps the
/// number of events small.
const SHORTEST: f64 = 0.02;

/// The whole mode.
pub(super) struct Adaptive {
    backoff: Backoff,
    limiter: Limiter,
}

impl Adaptive {
    pub(super) fn new(callers: usize, random: Rng) -> Self {
        Self { backoff: Backoff::new(Jitter::Full, 1.0, 20.0, u32::MAX, callers, random), limiter: Limiter::default() }
    }
}

impl Algorithm for Adaptive {
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        self.backoff.reset(caller);
        self.wake(caller, now, actions);
    }

    fn wake(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        actions.push(match self.limiter.acquire(now.as_secs_f64()) {
            None => Action::Send(caller),
            // The token may be gone by then.
            Some(wait) => Action::Wake(caller, now + Duration::from_secs_f64(wait.max(SHORTEST))),
        });
    }

    fn answered(&mut self, caller: usize, now: Duration, answer: Answer, actions: &mut Vec<Action>) {
        self.limiter.answered(now.as_secs_f64(), answer != Answer::Accepted);
        if answer != Answer::Accepted
            && let Some(pause) = self.backoff.pause(caller)
        {
            actions.push(Action::Wake(caller, now + pause));
        }
    }
}

/// The bucket, which is in use after the first refusal.
#[derive(Default)]
struct Limiter {
    is_enabled: bool,
    rate: f64,
    capacity: f64,
    tokens: f64,
    filled: f64,
    measured: f64,
    measured_at: f64,
    answers: u32,
    rate_before: f64,
    refused_at: f64,
}

impl Limiter {
    /// Takes a token, or returns the time until one is available.
    fn acquire(&mut self, now: f64) -> Option<f64> {
        if !self.is_enabled {
            return None;
        }
        self.fill(now);
        if self.tokens < 1.0 {
            return Some((1.0 - self.tokens) / self.rate);
        }
        self.tokens -= 1.0;
        None
    }

    fn fill(&mut self, now: f64) {
        self.tokens = (self.tokens + (now - self.filled) * self.rate).min(self.capacity);
        self.filled = now;
    }

    fn answered(&mut self, now: f64, is_refused: bool) {
        self.measure(now);
        let rate = if is_refused {
            let rate = if self.is_enabled { self.measured.min(self.rate) } else { self.measured };
            (self.rate_before, self.refused_at, self.is_enabled) = (rate, now, true);
            BETA * rate
        } else {
            let inflection = (self.rate_before * (1.0 - BETA) / SCALE).cbrt();
            SCALE * (now - self.refused_at - inflection).powi(3) + self.rate_before
        };
        self.fill(now);
        let rate = rate.min(2.0 * self.measured);
        self.rate = rate.max(SLOWEST);
        self.capacity = rate.max(SMALLEST);
        self.tokens = self.tokens.min(self.capacity);
    }

    fn measure(&mut self, now: f64) {
        let at = (now * MEASUREMENTS).floor() / MEASUREMENTS;
        self.answers += 1;
        if at > self.measured_at {
            let measured = f64::from(self.answers) / (at - self.measured_at);
            self.measured = SMOOTH * measured + (1.0 - SMOOTH) * self.measured;
            (self.answers, self.measured_at) = (0, at);
        }
    }
}
