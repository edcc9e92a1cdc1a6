//! The constants of the throttle.
//!
//! `cargo xtask bench throttle --ablation` shows the effect of each constant in every scenario.

/// The constants of the throttle. Times are in seconds.
///
/// Only the benchmark changes these values, to measure their effect.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The pause after the first 429, and the base of the exponential backoff.
    pub first_pause: f64,
    /// The factor by which the exponential backoff grows while no request succeeds.
    pub growth: f64,
    /// The pause after a 429 that follows a success, as a number of requests skipped at the new rate.
    pub skipped: f64,
    /// The maximum pause after a 429 that follows a success.
    pub longest_skip: f64,
    /// The assumed limit after a 429 in `Phase::Guess`, relative to the current rate.
    pub after_guess: f64,
    /// The assumed limit after a 429 in `Phase::Outgrown`, relative to the current rate.
    pub after_growth: f64,
    /// The lower bound on a new target, relative to the current rate.
    pub kept: f64,
    /// How far a known rate starts below its target and ends above it, as a fraction of the target.
    pub depth: f64,
    /// The initial rise time, which is the time until the rate reaches a new target.
    pub rise_young: f64,
    /// The maximum rise time for a target confirmed by later 429s.
    pub rise_old: f64,
    /// The maximum rise time after a `Retry-After`. It is long, because a `Retry-After` makes each 429 expensive.
    pub rise_longest: f64,
    /// The rise time after a `Retry-After`, as a multiple of the requested pause.
    pub patience: f64,
    /// The factor by which the rise time grows whenever a 429 confirms the target.
    pub ease: f64,
    /// The relative difference below which a new target confirms the previous one.
    pub confirmed: f64,
    /// The minimum time in which a guessed rate doubles. Each doubling also requires a success.
    pub doubling: f64,
    /// The constants for a fleet.
    pub fleet: FleetTuning,
}

/// The constants for the processes of a fleet. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FleetTuning {
    /// The interval between two reads while calls are waiting.
    pub read_busy: f64,
    /// The interval between two reads while no calls are waiting.
    pub read_quiet: f64,
    /// The interval between two reports of a member.
    pub heartbeat: f64,
    /// The number of members above which they report less often.
    pub crowd: f64,
    /// The number of missed heartbeats after which a member counts as absent.
    pub absence: f64,
    /// The relative change of the demand after which a member reports early.
    pub demand_change: f64,
    /// The minimum time between two reports of a changed demand.
    pub demand_pause: f64,
    /// How long a member has the right to send probes.
    pub probe_time: f64,
    /// How long 429s are stale after a change of the rate, because other members have not adopted it yet.
    pub settle: f64,
    /// The error of the number of accepted requests, relative to the square root of the number of members.
    pub count_error: f64,
    /// The share of a process that is not a member yet, relative to that of a member.
    pub newcomer: f64,
    /// The number of slots after a change of the rate in which a 429 says that no request of the fleet was accepted.
    pub fruitless_slots: f64,
    /// The minimum length of a measurement.
    pub shortest_epoch: f64,
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
            fleet: FleetTuning::default(),
        }
    }
}

impl Default for FleetTuning {
    fn default() -> Self {
        Self {
            read_busy: 0.18,
            read_quiet: 1.0,
            heartbeat: 2.0,
            crowd: 24.0,
            absence: 2.0,
            demand_change: 0.25,
            demand_pause: 0.5,
            probe_time: 5.0,
            settle: 0.35,
            count_error: 0.8,
            newcomer: 0.25,
            fruitless_slots: 1.0,
            shortest_epoch: 1.0,
        }
    }
}
