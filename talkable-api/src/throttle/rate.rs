//! A rate that was learned, and how it grows until the next refusal.

use std::time::Duration;

/// The bounds of a rate, so that no time is too long or too short to compute with.
const SLOWEST: f64 = 1e-3;
const FASTEST: f64 = 1e6;

/// How far below the target it begins.
const DEPTH: f64 = 0.15;
/// After how many seconds it has reached the target.
const QUICK: f64 = 1.5;
const EASE: f64 = 1.4;
const SAME: f64 = 0.2;
const PATIENCE: f64 = 5.0;
const LONGEST: f64 = 15.0;
const STEEP: f64 = 0.5;
const RISE: f64 = 3.0;
/// In how many seconds a guess doubles at most.
const DOUBLING: f64 = 0.5;
/// How many successes it takes for that.
const PROOF: f64 = 1.0;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    target: f64,
    since: Duration,
    growth: Growth,
    /// After how many seconds it has reached the target.
    rise: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Growth {
    /// Nobody knows what the limit is: it doubles with every few successes.
    Guess,
    /// The limit is known: from a little below to a little above.
    Cubic,
    /// The limit was known and has grown.
    Ramp,
}

impl Rate {
    pub(super) fn guess(target: f64, since: Duration) -> Self {
        Self { target: target.clamp(SLOWEST, FASTEST), since, growth: Growth::Guess, rise: QUICK }
    }

    pub(super) fn learn(&mut self, target: f64, since: Duration, asked: Duration) {
        let change = target / self.target;
        let is_same = self.growth != Growth::Guess && change > 1.0 - SAME && change < 1.0 + SAME;
        self.rise = if is_same { (self.rise * EASE).min(RISE) } else { QUICK };
        // A refusal is dear where it costs a long pause.
        self.rise = self.rise.max((PATIENCE * asked.as_secs_f64()).min(LONGEST));
        self.growth = Growth::Cubic;
        self.since = since;
        self.target = target.clamp(SLOWEST, FASTEST);
    }

    /// Takes another guess.
    pub(super) fn correct(&mut self, target: f64) {
        if self.growth == Growth::Guess {
            self.target = target.clamp(SLOWEST, FASTEST);
        }
    }

    pub(super) fn target(&self) -> f64 {
        self.target
    }

    pub(super) fn growth(&self, now: Duration) -> Growth {
        let elapsed = now.saturating_sub(self.since).as_secs_f64();
        if self.growth == Growth::Cubic && elapsed > 2.0 * self.rise + 0.5 { Growth::Ramp } else { self.growth }
    }

    /// Leaves out a time in which nothing was sent.
    pub(super) fn rest(&mut self, idle: Duration) {
        self.since += idle;
    }

    /// Begins anew at the target.
    pub(super) fn resume(&mut self, now: Duration) {
        self.since = now.saturating_sub(Duration::from_secs_f64(self.rise));
        if self.growth != Growth::Guess {
            self.growth = Growth::Cubic;
        } else {
            self.since = now;
        }
    }

    /// The rate at a time, with so many successes since the last refusal.
    pub(super) fn at(&self, now: Duration, successes: u64) -> f64 {
        let elapsed = now.saturating_sub(self.since).as_secs_f64();
        let factor = if self.growth == Growth::Guess {
            2_f64.powf((elapsed / DOUBLING).min(successes as f64 / PROOF).min(60.0))
        } else {
            let ramp = elapsed - 2.0 * self.rise;
            let depth = (DEPTH * (10.0 / self.target).sqrt()).clamp(0.02, 0.3);
            let cubic = 1.0 + depth * (elapsed.min(2.0 * self.rise) / self.rise - 1.0).powi(3);
            cubic * 2_f64.powf((ramp * (10.0 / self.target).powf(STEEP).clamp(0.3, 2.0)).clamp(0.0, 60.0))
        };
        (self.target * factor).clamp(SLOWEST, FASTEST)
    }
}
