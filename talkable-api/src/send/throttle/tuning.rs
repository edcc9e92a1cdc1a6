//! The constants of the throttle, each with its effect in the simulation.
//!
//! `cargo xtask bench throttle --ablation` runs all scenarios with each of them changed, one at a time. Times are in seconds,
//! goodput is the used share of the limit, and waste the share of requests that are refused.

/// The constants of the throttle. They are no settings; the benchmark changes them to show their effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The first pause, which ends a burst. With 0.1, waste at fixed windows is 23 % instead of 20 %; with 0.5, the slowest calls
    /// at 500 per second take 1.7 s instead of 1.4 s.
    pub first_pause: f64,
    /// The factor between pauses without a success. With 2, goodput of 16 processes at 5 per second is 75 % instead of 87 %, and at
    /// fixed windows 89 % instead of 96 %; with 1.25, waste is 69 % instead of 65 %, and 23 % instead of 20 %.
    pub growth: f64,
    /// The length of a pause after successes, in requests. With 1, goodput of a dip is 96.5 % instead of 97.2 %; with 4, goodput
    /// of a bucket of one token is 55 % instead of 57 %.
    pub skipped: f64,
    /// The maximum of such a pause. From 0.25 to 1, all results are within 1.5 points.
    pub longest_skip: f64,
    /// The limit after a guess is refused, relative to the guess. With 0.4 and with 0.7, goodput at 500 per second with
    /// `Retry-After` is 92 % instead of 93 %.
    pub after_guess: f64,
    /// The limit after an outgrown rate is refused, relative to that rate. With 0.6, goodput of a small bucket is 87 % instead of
    /// 96 %; with 0.9, waste where refusals are charged is 11.1 % instead of 10.3 %.
    pub after_growth: f64,
    /// The minimum of a new rate, relative to the current one. With 0.1, goodput of 16 processes at 5 per second is 81 % instead of
    /// 87 %; with 0.5, that of four processes at 50 per second is a point lower, and with `Retry-After` two points higher.
    pub kept: f64,
    /// The distance of a rate from its target when it starts, and when it counts as outgrown. With 0.15, goodput of a small
    /// bucket is 95 % instead of 96 %; with 0.05, it is a point higher, and that of 16 processes a point lower.
    pub depth: f64,
    /// The time until a rate reaches a new target. With 3, goodput at 500 per second is 98 % instead of 99 %; with 1, that of 16
    /// processes at 5 per second is 82 % instead of 87 %.
    pub rise_young: f64,
    /// The maximum of that time for a confirmed target. With 1.5, waste at 5 per second is 11 % instead of 9 %; with 6, goodput of
    /// a dip is 94 % instead of 97 %.
    pub rise_old: f64,
    /// The maximum of that time after a `Retry-After`, which makes a 429 expensive. With 3, waste at 5 per second is 8.6 % instead
    /// of 7.4 %; with 30 there is no gain.
    pub rise_longest: f64,
    /// That time relative to the `Retry-After`. With 0, waste at 5 per second is 10 % instead of 7 %; with 10, goodput at 500 per
    /// second is 88 % instead of 93 %.
    pub patience: f64,
    /// The factor by which each confirmation of a target extends that time. With 1, waste at 5 per second is 11 % instead of 9 %;
    /// with 2, goodput of an outage is 60 % instead of 62 %.
    pub ease: f64,
    /// The relative difference up to which a new target confirms the old one. With 0.1, waste at 5 per second is 9.6 % instead of
    /// 8.7 %; with 0.4, goodput of a dip is 96 % instead of 97 %.
    pub confirmed: f64,
    /// The shortest time in which a guess doubles, which also takes a success. With 0.5, waste at 5 per second with `Retry-After` is
    /// 8.2 % instead of 7.4 %; with 1, goodput at 500 per second is 92 % instead of 93 %.
    pub doubling: f64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            first_pause: 0.25,
            growth: 1.5,
            skipped: 2.0,
            longest_skip: 0.5,
            after_guess: 0.5,
            after_growth: 0.75,
            kept: 0.3,
            depth: 0.1,
            rise_young: 1.5,
            rise_old: 3.0,
            rise_longest: 15.0,
            patience: 5.0,
            ease: 1.6,
            confirmed: 0.2,
            doubling: 0.7,
        }
    }
}
