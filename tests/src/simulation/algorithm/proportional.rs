//! `ExponentialIncreaseProportionalDecrease` of the Ruby library `rate_throttle_client`, with its default constants.
//!
//! All callers of a process share a sleep, which precedes each request. A 429 makes it grow, and a success makes it shrink by a small
//! fraction.

use std::time::Duration;

use fastrand::Rng;

use super::{Algorithm, Decision, SiteResponse};

/// The seconds added by a 429: the interval between two requests at the limit that the library was written for.
const MIN_SLEEP: f64 = 0.8;
/// The factor by which a 429 then multiplies the sleep.
const MULTIPLIER: f64 = 1.2;
/// The divisor of the decrease after a success.
const DIVISOR: f64 = 4500.0;
/// The maximum jitter, relative to the sleep.
const JITTER: f64 = 0.1;

pub(super) struct Proportional {
    shared_sleep: f64,
    /// The sleep of each caller's current call.
    sleeps: Vec<f64>,
    random: Rng,
}

impl Proportional {
    pub(super) fn new(first_sleep: f64, callers: usize, random: Rng) -> Self {
        Self { shared_sleep: first_sleep, sleeps: vec![0.0; callers], random }
    }

    fn sleep(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        let sleep = self.sleeps[caller] * (1.0 + JITTER * self.random.f64());
        decisions.push(Decision::Wake(caller, now + Duration::from_secs_f64(sleep)));
    }
}

impl Algorithm for Proportional {
    fn begin(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.sleeps[caller] = self.shared_sleep;
        self.sleep(caller, now, decisions);
    }

    fn wake(&mut self, caller: usize, _: Duration, decisions: &mut Vec<Decision>) {
        decisions.push(Decision::Send(caller));
    }

    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, decisions: &mut Vec<Decision>) {
        if response == SiteResponse::Accepted {
            self.shared_sleep = self.sleeps[caller] * (1.0 - 1.0 / DIVISOR);
        } else {
            self.sleeps[caller] += MIN_SLEEP;
            self.sleep(caller, now, decisions);
            self.sleeps[caller] *= MULTIPLIER;
        }
    }
}
