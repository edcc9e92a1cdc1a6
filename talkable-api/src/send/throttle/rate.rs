//! The request rate as a function of time. Until the next 429, the rate follows a cubic curve around the estimated
//! limit, like the window of TCP CUBIC.

use std::time::Duration;

use super::tuning::Tuning;

/// The minimum rate. It keeps the interval between two requests representable as a [`Duration`].
const SLOWEST: f64 = 1e-3;
/// The maximum rate. It keeps the interval between two requests representable as a [`Duration`].
const FASTEST: f64 = 1e6;

/// A rate in requests per second, as a function of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// The estimated limit.
    target: f64,
    /// The time at which the curve starts.
    since: Duration,
    /// The number of seconds from the start of the curve until the rate reaches the target.
    rise: f64,
    is_guess: bool,
    tuning: Tuning,
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
        Self { target, since: now, rise: tuning.rise_young, is_guess: true, tuning }
    }

    /// Restarts the curve slightly below a new target. A long `retry_after` slows the growth.
    pub(super) fn learn(&mut self, target: f64, now: Duration, retry_after: Duration) {
        let tuning = self.tuning;
        let is_confirmed = !self.is_guess && (target / self.target - 1.0).abs() < tuning.confirmed;
        let rise = if is_confirmed { (self.rise * tuning.ease).min(tuning.rise_old) } else { tuning.rise_young };
        *self = Self {
            target: target.clamp(SLOWEST, FASTEST),
            since: now,
            rise: rise.max((tuning.patience * retry_after.as_secs_f64()).min(tuning.rise_longest)),
            is_guess: false,
            tuning,
        };
    }

    /// Restarts the curve at the target, after an outage.
    pub(super) fn resume(&mut self, now: Duration) {
        let risen = if self.is_guess { 0.0 } else { self.rise };
        self.since = now.saturating_sub(Duration::from_secs_f64(risen));
    }

    /// Caps the rate at its target during a pause, because a pause says nothing about the limit.
    ///
    /// Below the target, the rate keeps growing, because the server's token bucket refills during the pause.
    pub(super) fn hold(&mut self, until: Duration) {
        if !self.is_guess {
            self.since = self.since.max(until.saturating_sub(Duration::from_secs_f64(self.rise)));
        }
    }

    /// Excludes idle time from the growth, because idle time says nothing about the limit.
    pub(super) fn rest(&mut self, idle: Duration) {
        self.since += idle;
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
            (elapsed / self.tuning.doubling).min(float(successes)).min(60.0).exp2()
        } else {
            let cubic = 1.0 + self.tuning.depth * (elapsed.min(2.0 * self.rise) / self.rise - 1.0).powi(3);
            cubic * (elapsed - 2.0 * self.rise).clamp(0.0, 60.0).exp2()
        };
        (self.target * factor).clamp(SLOWEST, FASTEST)
    }

    fn elapsed(&self, now: Duration) -> f64 {
        now.saturating_sub(self.since).as_secs_f64()
    }
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
