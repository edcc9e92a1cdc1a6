//! When the next request may be sent, learned from what became of the earlier ones.

use std::time::Duration;

use super::controller::Turn;
use super::limits::{Limits, ThrottleStatus};

/// The first pause; it stops a burst, and the learned pace does the rest.
const FIRST: f64 = 0.25;

/// How long one `Retry-After` may close the gate for everybody; more is taken for a mistake.
const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

/// The bounds of a rate, so that no time is too long or too short to compute with.
const SLOWEST: f64 = 1e-3;
const FASTEST: f64 = 1e6;

#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    mode: Mode,
    /// Nobody sends before this.
    gate: Duration,
    /// Only one call may be under way, to find out whether the API has time again.
    probing: bool,
    /// How many pauses in a row brought nothing.
    fruitless: u32,
    in_flight: usize,
    refused: u64,
    /// When the pace was last cut. What was sent before says nothing about it.
    cut: Option<Duration>,
    /// Successes since then, of calls sent since then.
    after_cut: u64,
    /// From when on successes are counted to tell the rate, and how many there were.
    epoch: Duration,
    in_epoch: u64,
    next_slot: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Nothing is known about the rate: so many calls may be under way at once.
    Window(usize),
    Paced(Rate),
}

/// A rate that was learned at a time, and grows from a little below it to a little above it and on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    target: f64,
    since: Duration,
    /// After how many seconds the target is reached again.
    rise: f64,
}

impl Pace {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            mode: Mode::Window(limits.initial_window.max(1)),
            gate: Duration::ZERO,
            probing: false,
            fruitless: 0,
            in_flight: 0,
            refused: 0,
            cut: None,
            after_cut: 0,
            epoch: Duration::ZERO,
            in_epoch: 0,
            next_slot: Duration::ZERO,
        }
    }

    pub(super) fn turn(&self, now: Duration) -> Turn {
        if now < self.gate {
            return Turn::At(self.gate);
        }
        if self.probing && self.in_flight > 0 {
            return Turn::Wait;
        }
        match self.mode {
            Mode::Window(size) if self.in_flight >= size => Turn::Wait,
            Mode::Paced(_) if now < self.next_slot => Turn::At(self.next_slot),
            Mode::Window(_) | Mode::Paced(_) => Turn::Go,
        }
    }

    pub(super) fn sent(&mut self, now: Duration) {
        self.in_flight += 1;
        if let Mode::Paced(rate) = self.mode {
            self.next_slot = self.next_slot.max(now) + seconds(1.0 / rate.at(now));
        }
    }

    pub(super) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn accepted(&mut self, sent: Duration, _now: Duration, is_limiting: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.in_epoch += 1;
        if self.cut.is_none_or(|cut| sent >= cut) {
            self.after_cut += 1;
            self.fruitless = 0;
            self.probing = false;
        }
        if let Mode::Window(size) = &mut self.mode
            && is_limiting
        {
            *size += 1;
        }
    }

    pub(super) fn refused(&mut self, sent: Duration, now: Duration, asked: Option<Duration>, random: f64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.refused += 1;
        let asked = asked.map(|asked| asked.min(LONGEST_OBEYED));
        if self.cut.is_some_and(|cut| sent < cut) {
            return;
        }
        let is_fruitless = self.cut.is_some() && self.after_cut == 0;
        let jitter = 0.5 + random;
        let pause = if is_fruitless {
            self.probing = true;
            self.fruitless = self.fruitless.saturating_add(1);
            let own = FIRST * 2_f64.powi(self.fruitless.min(30).cast_signed());
            let own = seconds(own * jitter).min(self.limits.pause_cap);
            own.max(asked.unwrap_or_default())
        } else {
            let own = self.learn(now, asked) * jitter;
            asked.unwrap_or(seconds(own))
        };
        self.gate = self.gate.max(now + pause);
        self.cut = Some(now);
        self.after_cut = 0;
    }

    /// Draws the conclusion from a refusal after successes, and gives the length of the pause in seconds.
    fn learn(&mut self, now: Duration, asked: Option<Duration>) -> f64 {
        let elapsed = now.saturating_sub(self.epoch).as_secs_f64();
        let measured = self.in_epoch as f64 / elapsed.max(1e-3);
        match self.mode {
            Mode::Window(size) => {
                if self.cut.is_none() {
                    self.restart(now);
                } else if elapsed >= 1.0 && self.in_epoch >= 4 {
                    self.set(measured, now, FIRST);
                    return (2.0 / measured).min(0.5);
                }
                self.mode = match self.mode {
                    Mode::Window(_) => Mode::Window((size / 2).max(1)),
                    other => other,
                };
                FIRST
            }
            Mode::Paced(rate) => {
                let running = rate.at(now);
                let quiet = now.saturating_sub(rate.since).as_secs_f64() > 2.0 * rate.rise;
                let target = if elapsed < 1.0 {
                    0.85 * running
                } else if measured > 0.75 * running {
                    measured.max(0.95 * running)
                } else if quiet {
                    f64::midpoint(measured, running)
                } else {
                    measured
                };
                let target = target.clamp(0.4 * running, running);
                let pause = asked.map_or((2.0 / target).min(0.5), |asked| asked.as_secs_f64());
                self.set(target, now, pause);
                pause
            }
        }
    }

    fn set(&mut self, target: f64, now: Duration, pause: f64) {
        let target = target.clamp(SLOWEST, FASTEST);
        self.mode = Mode::Paced(Rate { target, since: now, rise: (10.0 * pause).clamp(4.0, 30.0) });
        self.next_slot = now;
        self.restart(now);
    }

    fn restart(&mut self, now: Duration) {
        self.epoch = now;
        self.in_epoch = 0;
    }

    pub(super) fn foreseen(&self, place: usize, now: Duration) -> Duration {
        let gate = self.gate.max(now);
        match self.mode {
            Mode::Window(_) => gate,
            Mode::Paced(rate) => gate.max(self.next_slot) + seconds(place as f64 / (2.0 * rate.target)),
        }
    }

    pub(super) fn status(&self, now: Duration) -> ThrottleStatus {
        let pace = match self.mode {
            Mode::Window(_) => None,
            Mode::Paced(rate) => Some(rate.at(now)),
        };
        ThrottleStatus { pace, waiting: 0, in_flight: self.in_flight, refused: self.refused }
    }
}

impl Rate {
    fn at(&self, now: Duration) -> f64 {
        let elapsed = now.saturating_sub(self.since).as_secs_f64();
        let ramp = 2_f64.powf((elapsed - 2.0 * self.rise).clamp(0.0, 60.0));
        let cubic = 1.0 + 0.1 * (elapsed / self.rise - 1.0).powi(3);
        (self.target * cubic * ramp).clamp(SLOWEST, FASTEST)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
