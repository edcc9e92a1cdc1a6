//! The numbers of the throttle in one place, each with what the simulation showed of it.
//!
//! `cargo xtask bench throttle --ablation` runs all scenarios with each of them changed, one at a time. Times are seconds.

/// What the throttle is tuned by. Users don't change it; the benchmark does, to show what each number is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The first pause. It stops a burst, and the learned pace does the rest.
    pub first_pause: f64,
    /// How much longer a pause is than the last one, if that brought nothing.
    pub growth: f64,
    /// How many requests' time a pause after successes takes.
    pub skipped: f64,
    /// How many seconds such a pause takes at most.
    pub longest_skip: f64,
    /// Where the limit is taken to be when the first guess is refused, by that guess.
    pub after_guess: f64,
    /// Where the limit is taken to be when a rate that outgrew its target is refused, by that rate.
    pub after_growth: f64,
    /// What a rate keeps of itself at least, whatever a single measurement says.
    pub kept: f64,
    /// How far below its target a rate begins, and how far above it comes before it takes the limit for a new one.
    pub depth: f64,
    /// After how many seconds a rate reaches its target while that is young.
    pub rise_young: f64,
    /// The same in the long run, for a target that was confirmed often.
    pub rise_old: f64,
    /// The same at most, after a server has asked for a pause, by which a refusal is dear.
    pub rise_longest: f64,
    /// How many pauses that the server asked for a rate takes to reach its target.
    pub patience: f64,
    /// How much longer a target that was confirmed may take than before.
    pub ease: f64,
    /// By how much a target may be off to be confirmed.
    pub confirmed: f64,
    /// In how many seconds a guess doubles at most; and not without a success for each time.
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
