//! When the next request may be sent, learned from what became of the earlier ones.

use std::time::Duration;

use super::controller::{Sent, Turn};
use super::limits::{Limits, ThrottleStatus};
use super::rate::{Growth, Rate};

/// The first pause, in seconds; it stops a burst, and the learned pace does the rest.
const FIRST: f64 = 0.25;

const GUESS: f64 = 0.6;
const RAMP: f64 = 0.75;
const GROW: f64 = 1.5;
const FEW: f64 = 0.0;
const HASTE: f64 = 0.85;
const ARREARS: f64 = 0.5;
const FLOOR: f64 = 0.9;

/// How long one `Retry-After` may close the gate for everybody; more is taken for a mistake.
const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

#[derive(Debug)]
pub(super) struct Pace {
    limits: Limits,
    mode: Mode,
    /// Nobody sends before this.
    gate: Duration,
    next_slot: Duration,
    /// Slots that the server made us miss and that may be made up for.
    arrears: Duration,
    /// Only one call may be under way, to find out whether the API has time again.
    probing: bool,
    /// How many pauses in a row brought nothing.
    fruitless: u32,
    in_flight: usize,
    refused: u64,
    /// How many were sent, and so the number of the next.
    sent: u64,
    /// The first number after the pace was last cut. What was sent before is no news.
    cut: Option<u64>,
    /// Successes since then, of calls sent since then.
    after_cut: u64,
    /// Since the last refusal that came after successes, and since the last one that was news.
    long: Epoch,
    short: Epoch,
    /// Whether the last epoch, and the one before, had pauses that brought nothing.
    gaps: (bool, bool),
}

/// What was sent since a refusal. At its beginning and at its end the API had nothing left for us.
#[derive(Clone, Copy, Debug, Default)]
struct Epoch {
    at: Duration,
    number: u64,
    refused: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Nothing is known about the rate: so many calls may be under way at once.
    Window(usize),
    Paced(Rate),
}

impl Pace {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            mode: Mode::Window(limits.initial_window.max(1)),
            gate: Duration::ZERO,
            next_slot: Duration::ZERO,
            arrears: Duration::ZERO,
            probing: false,
            fruitless: 0,
            in_flight: 0,
            refused: 0,
            sent: 0,
            cut: None,
            after_cut: 0,
            long: Epoch::default(),
            short: Epoch::default(),
            gaps: (false, false),
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
            Mode::Window(_) | Mode::Paced(_) => Turn::Go(Sent { at: now, number: self.sent }),
        }
    }

    pub(super) fn sent(&mut self, now: Duration) {
        self.in_flight += 1;
        self.sent += 1;
        if let Mode::Paced(rate) = &mut self.mode {
            // What isn't used teaches nothing.
            rate.rest(now.saturating_sub(self.next_slot.max(self.gate)));
            self.next_slot = self.next_slot.max(now.saturating_sub(self.arrears)) + seconds(1.0 / rate.at(now, self.after_cut));
            if self.next_slot >= now {
                self.arrears = Duration::ZERO;
            }
        }
    }

    pub(super) fn lost(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn accepted(&mut self, sent: Sent, now: Duration, is_limiting: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        if self.cut.is_none_or(|cut| sent.number >= cut) {
            self.after_cut += 1;
            self.fruitless = 0;
            if std::mem::take(&mut self.probing)
                && let Mode::Paced(rate) = &mut self.mode
            {
                rate.resume(now);
                self.next_slot = now;
            }
        }
        if let Mode::Window(size) = &mut self.mode
            && is_limiting
        {
            *size += 1;
        }
    }

    pub(super) fn refused(&mut self, sent: Sent, now: Duration, asked: Option<Duration>, random: f64) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.refused += 1;
        let asked = asked.map(|asked| asked.min(LONGEST_OBEYED));
        if self.cut.is_some_and(|cut| sent.number < cut) {
            self.long.count(sent);
            self.short.count(sent);
            if self.after_cut == 0 && let Mode::Paced(rate) = &mut self.mode {
                rate.correct((self.sent - self.refused).max(1) as f64 / sent.at.as_secs_f64().max(1.0));
            }
            return;
        }
        let jitter = 0.5 + random;
        let pause = if self.cut.is_some() && self.after_cut == 0 {
            self.probing = true;
            self.gaps.0 = true;
            self.fruitless = self.fruitless.saturating_add(1);
            let own = FIRST * GROW.powi(self.fruitless.min(30).cast_signed());
            self.long.count(sent);
            let own = seconds(own * jitter).min(self.limits.pause_cap);
            own.max(asked.unwrap_or_default())
        } else {
            let own = self.learn(sent, now, asked);
            self.long = Epoch { at: sent.at, number: sent.number, refused: 0 };
            self.gaps = (false, self.gaps.0);
            let own = seconds(own * jitter);
            if let Some(asked) = asked {
                self.next_slot = now + own;
                self.arrears = asked.saturating_sub(own).min(seconds(ARREARS));
            }
            asked.unwrap_or(own)
        };
        self.short = Epoch { at: sent.at, number: sent.number, refused: 0 };
        self.gate = self.gate.max(now + pause);
        self.cut = Some(self.sent);
        self.after_cut = 0;
    }

    /// Draws the conclusion from a refusal after successes, and gives the length of the pause in seconds.
    fn learn(&mut self, sent: Sent, now: Duration, asked: Option<Duration>) -> f64 {
        let Mode::Paced(rate) = &mut self.mode else {
            let guess = (self.sent - self.refused).max(1) as f64 / sent.at.as_secs_f64().max(1.0);
            self.mode = Mode::Paced(Rate::guess(guess, now));
            self.next_slot = now;
            return FIRST;
        };
        let running = rate.at(now, self.after_cut);
        let (low, _) = self.long.bounds(sent);
        let (_, high) = self.short.bounds(sent);
        let (low, high) = if self.gaps.0 && self.gaps.1 { self.long.bounds(sent) } else { (low, high) };
        let measured = f64::midpoint(low, high);
        let elapsed = sent.at.saturating_sub(self.long.at).as_secs_f64();
        let few = measured * elapsed < FEW;
        let target = match rate.growth(now) {
            // The bucket may have run over, and then the measure is too low.
            Growth::Guess => GUESS * running,
            Growth::Ramp => RAMP * running,
            Growth::Cubic if measured > 0.75 * running => rate.target().min(high).max(FLOOR * running),
            Growth::Cubic if few => rate.target().min(high).max(HASTE * running),
            Growth::Cubic => rate.target().min(high).max(0.3 * running),
        };
        let target = target.max(low).min(running);
        let pause = (2.0 / target).min(0.5);
        rate.learn(target, now, asked.unwrap_or_default());
        self.next_slot = now;
        pause
    }

    pub(super) fn foreseen(&self, place: usize, now: Duration) -> Duration {
        let gate = self.gate.max(now);
        match self.mode {
            Mode::Window(_) => gate,
            Mode::Paced(rate) => gate.max(self.next_slot) + seconds(place as f64 / (2.0 * rate.target())),
        }
    }

    pub(super) fn status(&self, now: Duration) -> ThrottleStatus {
        let pace = match self.mode {
            Mode::Window(_) => None,
            Mode::Paced(rate) => Some(rate.at(now, self.after_cut)),
        };
        ThrottleStatus { pace, waiting: 0, in_flight: self.in_flight, refused: self.refused }
    }
}

impl Epoch {
    /// Takes note of a refusal that is no news.
    fn count(&mut self, sent: Sent) {
        if sent.number > self.number {
            self.refused += 1;
        }
    }

    /// Between what the rate of the API must be: less than one request was left at either end.
    fn bounds(&self, end: Sent) -> (f64, f64) {
        let accepted = (end.number.saturating_sub(self.number + 1)).saturating_sub(self.refused) as f64;
        let elapsed = end.at.saturating_sub(self.at).as_secs_f64().max(1e-3);
        ((accepted - 1.0).max(0.0) / elapsed, (accepted + 1.0) / elapsed)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
