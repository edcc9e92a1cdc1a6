//! The request rate as a function of time. Until the next 429, the rate follows a cubic curve around the estimated
//! limit, like the window of TCP CUBIC.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::micros;
use super::tuning::Tuning;

/// The minimum rate. It keeps the interval between two requests representable as a [`Duration`].
const SLOWEST: f64 = 1e-3;
/// The maximum rate. It keeps the interval between two requests representable as a [`Duration`].
const FASTEST: f64 = 1e6;

/// The longest time that is represented exactly. It keeps sums of durations from overflowing.
const LONGEST_STEP: Duration = Duration::from_secs(60 * 60 * 24);

/// The number of steps of a numerical integration.
const STEP_COUNT: u32 = 8;
const STEPS: f64 = 8.0;

/// A rate in requests per second, as a function of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// The estimated limit.
    target: f64,
    /// The time at which the curve starts.
    since: Duration,
    /// How far the curve had progressed at that time, in seconds.
    age: f64,
    /// The number of seconds from the start of the curve until the rate reaches the target.
    rise: f64,
    is_guess: bool,
    /// The fraction of a fleet's rate. `None` for the rate of a process without a fleet.
    share: Option<f64>,
    tuning: Tuning,
}

/// The values that determine a rate, except for the constants.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Parts {
    pub(super) target: f64,
    #[serde(with = "micros")]
    pub(super) since: Duration,
    #[serde(default)]
    age: f64,
    rise: f64,
    pub(super) is_guess: bool,
}

/// The phase of a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The limit is unknown. The rate keeps doubling until the next 429.
    Guess,
    /// The limit is known. The rate rises from slightly below it to slightly above it, on a curve that is flat at the
    /// limit.
    Known,
    /// The rate exceeds the known limit without a 429, so the limit must have increased. The rate doubles every second.
    Outgrown,
}

impl Rate {
    pub(super) fn guess(target: f64, now: Duration, tuning: Tuning) -> Self {
        let target = target.clamp(SLOWEST, FASTEST);
        Self { target, since: now, age: 0.0, rise: tuning.rise_young, is_guess: true, share: None, tuning }
    }

    /// Restarts the curve slightly below a new target. A long `retry_after` slows the growth.
    pub(super) fn learn(&mut self, target: f64, now: Duration, retry_after: Duration) {
        let tuning = self.tuning;
        let is_confirmed = !self.is_guess && (target / self.target - 1.0).abs() < tuning.confirmed;
        let rise = if is_confirmed { (self.rise * tuning.ease).min(tuning.rise_old) } else { tuning.rise_young };
        *self = Self {
            target: target.clamp(SLOWEST, FASTEST),
            since: now,
            age: 0.0,
            rise: rise.max((tuning.patience * retry_after.as_secs_f64()).min(tuning.rise_longest)),
            is_guess: false,
            ..*self
        };
    }

    /// Updates the rate after a 429 that follows a success. `low` and `high` are the measured bounds on the limit.
    ///
    /// Returns the length of the pause in seconds.
    pub(super) fn refused(
        &mut self,
        now: Duration,
        successes: u64,
        (low, high): (f64, f64),
        retry_after: Duration,
    ) -> f64 {
        let tuning = self.tuning;
        let running = self.at(now, successes);
        let target = match self.phase(now) {
            // A measurement would be too low here, because a guessed rate is below the limit for most of the time.
            Phase::Guess => tuning.after_guess * running,
            // The 429 reaches a fleet late, after the rate has grown further.
            Phase::Outgrown if self.share.is_some() && high.is_finite() => f64::midpoint(low, high),
            Phase::Outgrown => tuning.after_growth * running,
            Phase::Known => self.target.min(high),
        };
        let target = target.max(low).clamp(tuning.kept * running, running);
        self.learn(target, now, retry_after);
        (tuning.skipped / target).min(tuning.longest_skip)
    }

    /// Restarts the curve at the target, after an outage.
    pub(super) fn resume(&mut self, now: Duration) {
        self.since = now;
        self.age = if self.is_guess { 0.0 } else { self.rise };
    }

    /// Caps the rate at its target during a pause, because a pause says nothing about the limit.
    ///
    /// Below the target, the rate keeps growing, because the server's token bucket refills during the pause.
    pub(super) fn hold(&mut self, until: Duration) {
        if !self.is_guess && self.elapsed(until) > self.rise {
            self.since = until;
            self.age = self.rise;
        }
    }

    /// Excludes idle time from the growth, because idle time says nothing about the limit.
    pub(super) fn rest(&mut self, idle: Duration) {
        self.since += idle;
    }

    /// Marks the rate as that of a fleet.
    pub(super) fn shared(self) -> Self {
        Self { share: Some(1.0), ..self }
    }

    /// Marks the rate as that of a process without a fleet.
    pub(super) fn solo(self) -> Self {
        Self { share: None, ..self }
    }

    pub(super) fn share(&self) -> Option<f64> {
        self.share
    }

    /// Converts a fleet's rate at the time `from` to a member's rate at the time `now` of another clock.
    pub(super) fn portion(self, share: f64, from: Duration, now: Duration) -> Self {
        let target = (self.target * share).clamp(SLOWEST, FASTEST);
        Self { target, since: now, age: self.elapsed(from), share: Some(share), ..self }
    }

    /// Converts a member's rate at the time `from` to the rate of a fleet at the time `now` of another clock.
    pub(super) fn whole(self, share: f64, from: Duration, now: Duration) -> Self {
        Self { share: Some(1.0), ..self.portion(1.0 / share, from, now) }
    }

    pub(super) fn from_parts(parts: Parts, tuning: Tuning) -> Self {
        let Parts { target, since, age, rise, is_guess } = parts;
        let target = target.clamp(SLOWEST, FASTEST);
        let (age, rise) = (age.clamp(0.0, 1e6), rise.clamp(0.1, 600.0));
        Self { target, since, age, rise, is_guess, share: None, tuning }
    }

    pub(super) fn parts(self) -> Parts {
        let Self { target, since, age, rise, is_guess, .. } = self;
        Parts { target, since, age, rise, is_guess }
    }

    /// The time at which `count` more slots have passed since `from`, for the rate of a fleet.
    pub(super) fn after(&self, from: Duration, count: f64) -> Duration {
        let step = count / STEPS;
        let mut at = from;
        for _ in 0..STEP_COUNT {
            let middle = at + seconds(step / 2.0 / self.at(at, u64::MAX));
            at += seconds(step / self.at(middle, u64::MAX));
        }
        at
    }

    /// The number of slots between two times, for the rate of a fleet.
    pub(super) fn slots(&self, from: Duration, to: Duration) -> f64 {
        let step = to.saturating_sub(from).as_secs_f64() / STEPS;
        let middle = |index: u32| from + seconds(step * (f64::from(index) + 0.5));
        (0..STEP_COUNT).map(|index| step * self.at(middle(index), u64::MAX)).sum()
    }

    pub(super) fn target(&self) -> f64 {
        self.target
    }

    pub(super) fn phase(&self, now: Duration) -> Phase {
        match self.elapsed(now) {
            _ if self.is_guess => Phase::Guess,
            elapsed if elapsed > 2.0 * self.rise => Phase::Outgrown,
            _ => Phase::Known,
        }
    }

    /// The rate at the time `now`, given the number of successes since the last 429.
    pub(super) fn at(&self, now: Duration, successes: u64) -> f64 {
        let elapsed = self.elapsed(now);
        let factor = if self.is_guess {
            self.doublings(elapsed, successes).min(60.0).exp2()
        } else {
            let cubic = 1.0 + self.tuning.depth * (elapsed.min(2.0 * self.rise) / self.rise - 1.0).powi(3);
            cubic * (elapsed - 2.0 * self.rise).clamp(0.0, 60.0).exp2()
        };
        (self.target * factor).clamp(SLOWEST, FASTEST)
    }

    fn doublings(&self, elapsed: f64, successes: u64) -> f64 {
        match self.share {
            // A member does not count the successes of its fleet, so the number of slots takes their place.
            Some(share) => elapsed / self.tuning.doubling.max(share / self.target),
            None => (elapsed / self.tuning.doubling).min(float(successes)),
        }
    }

    fn elapsed(&self, now: Duration) -> f64 {
        now.saturating_sub(self.since).as_secs_f64() + self.age
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_STEP)
}

#[expect(clippy::cast_precision_loss, reason = "no process sends 2^53 requests")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rate: &Rate, seconds: f64, successes: u64, expected: f64, phase: Phase) {
        let now = Duration::from_secs_f64(seconds);
        let at = rate.at(now, successes);
        assert!((at - expected).abs() < 1e-6 * expected, "{seconds}: {at}, not {expected}");
        assert_eq!(rate.phase(now), phase, "{seconds}");
    }

    fn learned(target: f64, retry_after: u64) -> Rate {
        let mut rate = Rate::guess(1.0, Duration::ZERO, Tuning::default());
        rate.learn(target, Duration::ZERO, Duration::from_secs(retry_after));
        rate
    }

    #[test]
    fn a_guess_doubles_over_time_but_at_most_once_per_success() {
        let rate = Rate::guess(4.0, Duration::ZERO, Tuning::default());
        check(&rate, 0.0, 9, 4.0, Phase::Guess);
        check(&rate, Tuning::default().doubling, 9, 8.0, Phase::Guess);
        check(&rate, 9.0, 0, 4.0, Phase::Guess);
        check(&rate, 9.0, 2, 16.0, Phase::Guess);
        check(&rate, 1e9, u64::MAX, FASTEST, Phase::Guess);
    }

    #[test]
    fn a_known_rate_rises_through_its_target_and_then_doubles() {
        let (rate, rise) = (learned(10.0, 0), Tuning::default().rise_young);
        check(&rate, 0.0, 0, 9.0, Phase::Known);
        check(&rate, rise, 0, 10.0, Phase::Known);
        check(&rate, 2.0 * rise, 0, 11.0, Phase::Known);
        check(&rate, 2.0 * rise + 1.0, 0, 22.0, Phase::Outgrown);
        check(&rate, 1e9, 0, FASTEST, Phase::Outgrown);
        check(&learned(0.0, 0), 0.0, 0, SLOWEST, Phase::Known);
    }

    #[test]
    fn confirmed_targets_and_long_pauses_slow_the_rise() {
        let (mut rate, tuning) = (learned(10.0, 0), Tuning::default());
        for expected in [tuning.rise_young * tuning.ease, tuning.rise_old, tuning.rise_old] {
            rate.learn(rate.target * 1.1, Duration::ZERO, Duration::ZERO);
            assert!((rate.rise - expected).abs() < 1e-9, "{}", rate.rise);
        }
        rate.learn(rate.target * 0.5, Duration::ZERO, Duration::ZERO);
        assert!((rate.rise - tuning.rise_young).abs() < 1e-9);
        check(&learned(10.0, 1), tuning.patience, 0, 10.0, Phase::Known);
        check(&learned(10.0, 600), tuning.rise_longest, 0, 10.0, Phase::Known);
    }

    #[test]
    fn idle_time_pauses_and_outages_do_not_raise_the_rate() {
        let mut rate = learned(10.0, 600);
        rate.hold(Duration::from_secs(600));
        check(&rate, 600.0, 0, 10.0, Phase::Known);
        let mut rate = learned(10.0, 0);
        rate.rest(Duration::from_secs(1_000));
        check(&rate, 1_000.0, 0, 9.0, Phase::Known);
        rate.resume(Duration::from_secs(2_000));
        check(&rate, 2_000.0, 0, 10.0, Phase::Known);
    }
}
