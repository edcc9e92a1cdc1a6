//! The constants of the throttle.
//!
//! `cargo xtask bench throttle --ablation` shows the effect of each in all scenarios.

/// The constants of the throttle, with times in seconds. They are not settings; the benchmark changes them to show their effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The first pause, which ends a burst.
    pub first_pause: f64,
    /// The factor between consecutive pauses without a success.
    pub growth: f64,
    /// The length of a pause after successes, in requests.
    pub skipped: f64,
    /// The maximum of such a pause.
    pub longest_skip: f64,
    /// The assumed limit after a guess is refused, relative to the guess.
    pub after_guess: f64,
    /// The assumed limit after an outgrown rate is refused, relative to that rate.
    pub after_growth: f64,
    /// The minimum of a new rate, relative to the current one.
    pub kept: f64,
    /// The relative distance between a rate and its target when it starts, and when it counts as outgrown.
    pub depth: f64,
    /// The time until a rate reaches a new target.
    pub rise_young: f64,
    /// The maximum of that time for a confirmed target.
    pub rise_old: f64,
    /// The maximum of that time after a `Retry-After`, which makes a 429 expensive.
    pub rise_longest: f64,
    /// That time after a `Retry-After`, relative to the pause.
    pub patience: f64,
    /// The factor by which each confirmation of a target extends that time.
    pub ease: f64,
    /// The relative difference up to which a new target confirms the old one.
    pub confirmed: f64,
    /// The shortest time in which a guess doubles, which also requires a success.
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
