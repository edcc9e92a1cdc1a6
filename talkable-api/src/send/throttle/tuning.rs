//! The numbers of the throttle in one place, each with what the simulation showed of it.
//!
//! `cargo xtask bench throttle --ablation` runs all scenarios with each of them changed, one at a time. Times are seconds.

/// What the throttle is tuned by. Users don't change it; the benchmark does, to show what each number is worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tuning {
    /// The first pause. It stops a burst, and the learned pace does the rest. With 0.1 more is refused by fixed windows (23 instead
    /// of 20 %); with 0.5 the slowest calls at 500 a second take 1.7 s instead of 1.4.
    pub first_pause: f64,
    /// How much longer a pause is than the last one, if that brought nothing. With 2, 16 processes that share 5 a second use 75 %
    /// instead of 87, and fixed windows are used to 89 instead of 96 %; with 1.25 both are refused more (69 instead of 65, and 23
    /// instead of 20 %).
    pub growth: f64,
    /// How many requests' time a pause after successes takes. With 1 a dip is learned a little worse (96.5 instead of 97.2 %),
    /// with 4 a bucket of one token is used less (55 instead of 57 %).
    pub skipped: f64,
    /// How many seconds such a pause takes at most. From 0.25 to 1 all is the same within a point and a half; the middle.
    pub longest_skip: f64,
    /// Where the limit is taken to be when the first guess is refused, by that guess. With 0.4 and with 0.7 a server that asks for
    /// pauses at 500 a second is used to 92 instead of 93 %.
    pub after_guess: f64,
    /// Where the limit is taken to be when a rate that outgrew its target is refused, by that rate. With 0.6 a small bucket is used
    /// to 87 instead of 96 %; with 0.9 more is refused where refusals are charged (11.1 instead of 10.3 %).
    pub after_growth: f64,
    /// What a rate keeps of itself at least, whatever a single measurement says. With 0.1, 16 processes that share 5 a second use
    /// 81 % instead of 87; with 0.5, four of them at 50 a second lose a point, and a server that asks for pauses gains two.
    pub kept: f64,
    /// How far below its target a rate begins, and how far above it comes before it takes the limit for a new one. With 0.15 a
    /// small bucket is used to 95 instead of 96 %; with 0.05 it gains a point, and 16 processes lose one.
    pub depth: f64,
    /// After how many seconds a rate reaches its target while that is young. With 3, 500 a second are used to 98 instead of 99 %;
    /// with 1, 16 processes that share 5 a second use 82 % instead of 87.
    pub rise_young: f64,
    /// The same in the long run, for a target that was confirmed often. With 1.5, 11 % are refused at 5 a second instead of 9;
    /// with 6 a dip is learned late (94 instead of 97 %).
    pub rise_old: f64,
    /// The same at most, after a server has asked for a pause, by which a refusal is dear. With 3, 8.6 % are refused at 5 a second
    /// instead of 7.4; with 30 nothing is won.
    pub rise_longest: f64,
    /// How many pauses that the server asked for a rate takes to reach its target. With 0, 10 % are refused at 5 a second instead
    /// of 7; with 10, 500 a second are used to 88 instead of 93 %.
    pub patience: f64,
    /// How much longer a target that was confirmed may take than before. Without (1), 11 % are refused at 5 a second instead of 9;
    /// with 2 an outage is slept over a little longer (60 instead of 62 %).
    pub ease: f64,
    /// By how much a target may be off to be confirmed. With 0.1, 9.6 % are refused at 5 a second instead of 8.7; with 0.4 a dip is
    /// learned worse (96 instead of 97 %).
    pub confirmed: f64,
    /// In how many seconds a guess doubles at most; and not without a success for each time. With 0.5, 8.2 % are refused at 5 a
    /// second by a server that asks for pauses instead of 7.4; with 1 such a server is used to 92 instead of 93 % at 500 a second.
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
