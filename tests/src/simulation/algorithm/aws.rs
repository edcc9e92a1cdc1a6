//! The adaptive mode of the AWS SDKs: full jitter, and a token bucket whose rate follows the CUBIC algorithm.

use std::time::Duration;

use fastrand::Rng;

use super::backoff::{Backoff, Jitter};
use super::{Algorithm, Decision, SiteResponse};

/// The factor that reduces the rate after a 429.
const BETA: f64 = 0.7;
/// The factor that scales the growth of the CUBIC rate after a reduction.
const SCALE: f64 = 0.4;
/// The minimum rate, in requests per second.
const MIN_RATE: f64 = 0.5;
/// The minimum size of the token bucket.
const MIN_CAPACITY: f64 = 1.0;
/// The weight of a new measurement of the rate in the moving average.
const SMOOTH: f64 = 0.8;
/// The number of measurements per second.
const MEASUREMENTS: f64 = 2.0;

/// The minimum wait, in seconds, before a call tries again to take a token. It limits the number of simulated events.
const MIN_WAIT: f64 = 0.02;

/// The backoff of each call, and the limiter shared by all calls.
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
    fn begin(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.backoff.reset(caller);
        self.wake(caller, now, decisions);
    }

    fn wake(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        decisions.push(match self.limiter.acquire(now.as_secs_f64()) {
            None => Decision::Send(caller),
            // Another call might take the token first, so the caller has to try again.
            Some(wait) => Decision::Wake(caller, now + Duration::from_secs_f64(wait.max(MIN_WAIT))),
        });
    }

    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, decisions: &mut Vec<Decision>) {
        self.limiter.on_response(now.as_secs_f64(), response != SiteResponse::Accepted);
        if response != SiteResponse::Accepted
            && let Some(pause) = self.backoff.pause(caller)
        {
            decisions.push(Decision::Wake(caller, now + pause));
        }
    }
}

/// The token bucket. It is enabled by the first 429.
#[derive(Default)]
struct Limiter {
    is_enabled: bool,
    rate: f64,
    capacity: f64,
    tokens: f64,
    filled: f64,
    measured: f64,
    measured_at: f64,
    responses: u32,
    rate_before: f64,
    throttled_at: f64,
}

impl Limiter {
    /// Takes a token, or returns the seconds until a token is available.
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

    fn on_response(&mut self, now: f64, is_throttled: bool) {
        self.measure(now);
        let rate = if is_throttled {
            let rate = if self.is_enabled { self.measured.min(self.rate) } else { self.measured };
            (self.rate_before, self.throttled_at, self.is_enabled) = (rate, now, true);
            BETA * rate
        } else {
            let inflection = (self.rate_before * (1.0 - BETA) / SCALE).cbrt();
            SCALE * (now - self.throttled_at - inflection).powi(3) + self.rate_before
        };
        self.fill(now);
        let rate = rate.min(2.0 * self.measured);
        self.rate = rate.max(MIN_RATE);
        self.capacity = rate.max(MIN_CAPACITY);
        self.tokens = self.tokens.min(self.capacity);
    }

    fn measure(&mut self, now: f64) {
        let at = (now * MEASUREMENTS).floor() / MEASUREMENTS;
        self.responses += 1;
        if at > self.measured_at {
            let measured = f64::from(self.responses) / (at - self.measured_at);
            self.measured = SMOOTH * measured + (1.0 - SMOOTH) * self.measured;
            (self.responses, self.measured_at) = (0, at);
        }
    }
}
