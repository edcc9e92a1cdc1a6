//! When the next request may be sent, learned from what became of the earlier ones.
//!
//! At first so many calls may be under way at once as a window allows, and it grows as long as all goes well. The first
//! refusal ends that: from then on requests go out at a [`Rate`]. At a refusal the API has nothing left for us; what it
//! accepted between two of them, by the time between, is its limit, to within one request at either end. So every refusal
//! narrows the rate down, and none is sought by more than a little.
//!
//! All this needs to know which requests lie between two others. They are numbered as they are sent, and a refusal counts
//! for the time at which its request was sent: answers come late, and refusals sooner than successes.

#![allow(clippy::cast_precision_loss, reason = "nobody counts so many requests that a float could not tell them apart")]

use std::time::Duration;

use super::controller::{Sent, Turn};
use super::limits::{Limits, ThrottleStatus};
use super::rate::{Phase, Rate, float};
use super::tuning::Tuning;

/// How long one `Retry-After` may close the gate for everybody; more is taken for a mistake.
const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

/// How long nothing may be heard of what is under way until it is taken for lost. An attempt takes 30 s at most by default; what is
/// silent for longer is a future that nobody polls, or so slow that one more does no harm.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);

/// The gate, without those who wait at it.
#[derive(Debug)]
pub(super) struct Pace {
    pause_cap: Duration,
    tuning: Tuning,
    mode: Mode,
    /// Nobody sends before this.
    gate: Duration,
    /// At the learned rate, nobody sends before this.
    next_slot: Duration,
    /// Only one call may be under way, to find out for all whether the API has time again.
    is_probing: bool,
    /// Whether one that was sent since the last refusal is under way.
    is_asking: bool,
    /// How many pauses in a row brought nothing.
    fruitless: u32,
    in_flight: usize,
    /// When something was last sent, or ended.
    heard: Duration,
    refused: u64,
    /// How many were sent, and so the number of the next.
    sent: u64,
    /// The number of the first request that was, or will be, sent after the last refusal that was news.
    cut: Option<u64>,
    /// How many were accepted of those from that on.
    accepted: u64,
    epoch: Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Nothing is known about the rate: so many calls may be under way at once.
    Window(usize),
    Paced(Rate),
}

/// What was sent since a refusal that came after successes.
#[derive(Clone, Copy, Debug, Default)]
struct Epoch {
    at: Duration,
    number: u64,
    /// How many of those that were sent since were refused.
    refused: u64,
}

impl Pace {
    pub(super) fn new(limits: Limits, tuning: Tuning) -> Self {
        Self {
            pause_cap: limits.pause_cap,
            tuning,
            mode: Mode::Window(limits.initial_window.max(1)),
            gate: Duration::ZERO,
            next_slot: Duration::ZERO,
            is_probing: false,
            is_asking: false,
            fruitless: 0,
            in_flight: 0,
            heard: Duration::ZERO,
            refused: 0,
            sent: 0,
            cut: None,
            accepted: 0,
            epoch: Epoch::default(),
        }
    }

    /// Whether a request may be sent now, by whomever.
    pub(super) fn turn(&self, now: Duration) -> Turn {
        if now < self.gate {
            return Turn::At(self.gate);
        }
        let is_full = matches!(self.mode, Mode::Window(size) if self.in_flight >= size);
        let silent = self.heard + LONGEST_SILENCE;
        if (is_full || (self.is_probing && self.is_asking)) && now < silent {
            return Turn::At(silent);
        }
        match self.mode {
            Mode::Paced(_) if now < self.next_slot => Turn::At(self.next_slot),
            Mode::Window(_) | Mode::Paced(_) => Turn::Go(Sent { at: now, number: self.sent }),
        }
    }

    pub(super) fn sent(&mut self, now: Duration) {
        self.heard = now;
        self.in_flight += 1;
        self.is_asking = true;
        self.sent += 1;
        if let Mode::Paced(rate) = &mut self.mode {
            rate.rest(now.saturating_sub(self.next_slot.max(self.gate)));
            self.next_slot = self.next_slot.max(now) + seconds(1.0 / rate.at(now, self.accepted));
        }
    }

    /// Takes note of the end of a request that taught nothing.
    pub(super) fn lost(&mut self, sent: Sent, now: Duration) {
        self.ended(now);
        // The last that was sent is the one that asks; one that was silent for too long has been given up before.
        self.is_asking &= sent.number + 1 != self.sent;
    }

    /// Whether a request was sent before the last refusal that was news.
    fn is_stale(&self, sent: Sent) -> bool {
        self.cut.is_some_and(|cut| sent.number < cut)
    }

    fn ended(&mut self, now: Duration) {
        self.heard = now;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn accepted(&mut self, sent: Sent, now: Duration, are_waiting: bool) {
        self.ended(now);
        // A window that holds nobody back isn't proved too small by a success.
        if let Mode::Window(size) = &mut self.mode
            && are_waiting
        {
            *size += 1;
        }
        if self.is_stale(sent) {
            return;
        }
        self.accepted += 1;
        self.fruitless = 0;
        if std::mem::take(&mut self.is_probing)
            && let Mode::Paced(rate) = &mut self.mode
        {
            rate.resume(now);
            self.next_slot = now;
        }
    }

    pub(super) fn refused(&mut self, sent: Sent, now: Duration, asked: Option<Duration>, random: f64) {
        self.ended(now);
        self.refused += 1;
        if self.is_stale(sent) {
            // Many are under way when the limit is reached, and all of them are refused: one of them is news.
            self.epoch.refused += u64::from(sent.number > self.epoch.number);
            return;
        }
        let asked = asked.map(|asked| asked.min(LONGEST_OBEYED));
        let jitter = 0.5 + random;
        // Nothing was accepted since the last pause: this is the very first after it, before which others would have been
        // accepted, or follows one that asked for all and was lost.
        let pause = if self.is_probing || self.cut == Some(sent.number) {
            self.is_probing = true;
            self.fruitless = self.fruitless.saturating_add(1);
            self.epoch.refused += 1;
            let own = self.tuning.first_pause * self.tuning.growth.powi(self.fruitless.min(100).cast_signed());
            seconds(own * jitter).min(self.pause_cap).max(asked.unwrap_or_default())
        } else {
            let own = self.learn(sent, now, asked.unwrap_or_default());
            self.epoch = Epoch { at: sent.at, number: sent.number, refused: 0 };
            asked.unwrap_or_else(|| seconds(own * jitter).min(self.pause_cap))
        };
        self.gate = self.gate.max(now + pause);
        if let Mode::Paced(rate) = &mut self.mode {
            rate.hold(self.gate);
        }
        self.cut = Some(self.sent);
        self.is_asking = false;
        self.accepted = 0;
    }

    /// Draws the conclusion from a refusal after successes, and gives the length of the pause in seconds.
    fn learn(&mut self, sent: Sent, now: Duration, asked: Duration) -> f64 {
        self.next_slot = now;
        let Mode::Paced(rate) = &mut self.mode else {
            let accepted = float(self.sent.saturating_sub(self.refused).max(1));
            self.mode = Mode::Paced(Rate::guess(accepted / sent.at.as_secs_f64().max(1.0), now, self.tuning));
            return self.tuning.first_pause;
        };
        let (low, high) = self.epoch.bounds(sent);
        let running = rate.at(now, self.accepted);
        let target = match rate.phase(now) {
            // As long as less was sent than allowed, more may have been allowed than was accepted.
            Phase::Guess => self.tuning.after_guess * running,
            Phase::Outgrown => self.tuning.after_growth * running,
            Phase::Known => rate.target().min(high),
        };
        let target = target.max(low).clamp(self.tuning.kept * running, running);
        rate.learn(target, now, asked);
        (self.tuning.skipped / target).min(self.tuning.longest_skip)
    }

    /// When a call can be sent at the earliest that has so many others in front of it.
    pub(super) fn foreseen(&self, place: usize, now: Duration) -> Duration {
        let gate = self.gate.max(now);
        match self.mode {
            // A known rate may prove too low by half. While it is guessed or grows, nobody knows what there will be.
            Mode::Paced(rate) if rate.phase(now) == Phase::Known => {
                gate.max(self.next_slot) + seconds(float(place as u64) / (2.0 * rate.target()))
            }
            Mode::Paced(_) => gate.max(self.next_slot),
            Mode::Window(_) => gate,
        }
    }

    pub(super) fn status(&self, now: Duration) -> ThrottleStatus {
        let pace = match self.mode {
            Mode::Window(_) => None,
            // While nothing may be or is to be sent, it doesn't grow.
            Mode::Paced(rate) => Some(rate.at(now.min(self.next_slot.max(self.gate)), self.accepted)),
        };
        ThrottleStatus { pace, waiting: 0, in_flight: self.in_flight, refused: self.refused }
    }
}

impl Epoch {
    /// Between what the limit of the API must be: less than one request was left at either end.
    fn bounds(&self, end: Sent) -> (f64, f64) {
        let accepted = float(end.number.saturating_sub(self.number + 1 + self.refused));
        let elapsed = end.at.saturating_sub(self.at).as_secs_f64().max(1e-3);
        ((accepted - 1.0).max(0.0) / elapsed, (accepted + 1.0) / elapsed)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
