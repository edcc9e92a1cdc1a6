//! The time of the next slot, learned from the responses so far.
//!
//! At first, a window limits the requests in flight; it grows while they succeed. The first 429 replaces it by a [`Rate`].
//! At a 429 the allowance is used up. So the number of requests accepted between two 429s, divided by the time between them,
//! is the limit, to within one request at either end. Every 429 narrows the rate down, and a rate that is near the limit
//! exceeds it only a little.
//!
//! Requests are numbered when they are sent. A 429 counts at the time at which its request was sent, because responses
//! arrive late, and 429s sooner than successes.

#![allow(clippy::cast_precision_loss, reason = "no process sends 2^53 requests")]

use std::time::Duration;

use super::controller::{Sent, Turn};
use super::limits::{Limits, ThrottleStatus};
use super::rate::{Phase, Rate, float};
use super::tuning::Tuning;

/// The longest pause that a server may ask for. A longer one is taken for a mistake.
const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

/// The time after which requests in flight no longer block others. By default an attempt takes at most 30 s, so a later one is
/// a future that is not polled, or so slow that another request does no harm.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);

/// The state of the throttle, without the queue.
#[derive(Debug)]
pub(super) struct Pace {
    pause_cap: Duration,
    tuning: Tuning,
    mode: Mode,
    /// The end of the current pause.
    pause_end: Duration,
    /// The time of the next slot at the learned rate.
    next_slot: Duration,
    /// Whether only one request may be in flight, as a probe.
    is_probing: bool,
    /// Whether a request that was sent since the last 429 is in flight.
    probe_in_flight: bool,
    /// The number of consecutive pauses without a success.
    failed_pauses: u32,
    in_flight: usize,
    /// The last time at which a request was sent or ended.
    last_event: Duration,
    refused: u64,
    /// The number of requests so far, which is the number of the next request.
    sent: u64,
    /// The number of the first request after the last 429 that was not stale.
    cut: Option<u64>,
    /// The number of accepted requests from `cut` on.
    accepted: u64,
    epoch: Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// The rate is unknown, and this many requests may be in flight.
    Window(usize),
    Paced(Rate),
}

/// The requests since the last 429 that followed successes.
#[derive(Clone, Copy, Debug, Default)]
struct Epoch {
    at: Duration,
    number: u64,
    /// The number of requests since then that were refused.
    refused: u64,
}

impl Pace {
    pub(super) fn new(limits: Limits, tuning: Tuning) -> Self {
        Self {
            pause_cap: limits.pause_cap,
            tuning,
            mode: Mode::Window(limits.initial_window.max(1)),
            pause_end: Duration::ZERO,
            next_slot: Duration::ZERO,
            is_probing: false,
            probe_in_flight: false,
            failed_pauses: 0,
            in_flight: 0,
            last_event: Duration::ZERO,
            refused: 0,
            sent: 0,
            cut: None,
            accepted: 0,
            epoch: Epoch::default(),
        }
    }

    /// Whether a request may be sent now.
    pub(super) fn turn(&self, now: Duration) -> Turn {
        if now < self.pause_end {
            return Turn::At(self.pause_end);
        }
        let is_full = matches!(self.mode, Mode::Window(size) if self.in_flight >= size);
        let silent = self.last_event + LONGEST_SILENCE;
        if (is_full || (self.is_probing && self.probe_in_flight)) && now < silent {
            return Turn::At(silent);
        }
        match self.mode {
            Mode::Paced(_) if now < self.next_slot => Turn::At(self.next_slot),
            Mode::Window(_) | Mode::Paced(_) => Turn::Go(Sent { at: now, number: self.sent }),
        }
    }

    pub(super) fn sent(&mut self, now: Duration) {
        self.last_event = now;
        self.in_flight += 1;
        self.probe_in_flight = true;
        self.sent += 1;
        if let Mode::Paced(rate) = &mut self.mode {
            rate.rest(now.saturating_sub(self.next_slot.max(self.pause_end)));
            self.next_slot = self.next_slot.max(now) + seconds(1.0 / rate.at(now, self.accepted));
        }
    }

    /// Records a request without a response.
    pub(super) fn lost(&mut self, sent: Sent, now: Duration) {
        self.ended(now);
        // The last request is the probe; an earlier one has been silent for too long.
        self.probe_in_flight &= sent.number + 1 != self.sent;
    }

    /// Whether a request was sent before the last 429 was known.
    fn is_stale(&self, sent: Sent) -> bool {
        self.cut.is_some_and(|cut| sent.number < cut)
    }

    fn ended(&mut self, now: Duration) {
        self.last_event = now;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(super) fn accepted(&mut self, sent: Sent, now: Duration, are_waiting: bool) {
        self.ended(now);
        // A success says nothing about a window that does not delay calls.
        if let Mode::Window(size) = &mut self.mode
            && are_waiting
        {
            *size += 1;
        }
        if self.is_stale(sent) {
            return;
        }
        self.accepted += 1;
        self.failed_pauses = 0;
        if std::mem::take(&mut self.is_probing)
            && let Mode::Paced(rate) = &mut self.mode
        {
            rate.resume(now);
            self.next_slot = now;
        }
    }

    pub(super) fn refused(&mut self, sent: Sent, now: Duration, retry_after: Option<Duration>, random: f64) {
        self.ended(now);
        self.refused += 1;
        if self.is_stale(sent) {
            // When the limit is reached, all requests in flight are refused. Only the first 429 is new information.
            self.epoch.refused += u64::from(sent.number > self.epoch.number);
            return;
        }
        let retry_after = retry_after.map(|retry_after| retry_after.min(LONGEST_OBEYED));
        let jitter = 0.5 + random;
        // Nothing was accepted since the last pause: this is the first request after it, or follows a lost probe.
        let pause = if self.is_probing || self.cut == Some(sent.number) {
            self.is_probing = true;
            self.failed_pauses = self.failed_pauses.saturating_add(1);
            self.epoch.refused += 1;
            let own = self.tuning.first_pause * self.tuning.growth.powi(self.failed_pauses.min(100).cast_signed());
            seconds(own * jitter).min(self.pause_cap).max(retry_after.unwrap_or_default())
        } else {
            let own = self.learn(sent, now, retry_after.unwrap_or_default());
            self.epoch = Epoch { at: sent.at, number: sent.number, refused: 0 };
            retry_after.unwrap_or_else(|| seconds(own * jitter).min(self.pause_cap))
        };
        self.pause_end = self.pause_end.max(now + pause);
        if let Mode::Paced(rate) = &mut self.mode {
            rate.hold(self.pause_end);
        }
        self.cut = Some(self.sent);
        self.probe_in_flight = false;
        self.accepted = 0;
    }

    /// Learns from a 429 that follows successes. Returns the length of the pause in seconds.
    fn learn(&mut self, sent: Sent, now: Duration, retry_after: Duration) -> f64 {
        self.next_slot = now;
        let Mode::Paced(rate) = &mut self.mode else {
            let accepted = float(self.sent.saturating_sub(self.refused).max(1));
            self.mode = Mode::Paced(Rate::guess(accepted / sent.at.as_secs_f64().max(1.0), now, self.tuning));
            return self.tuning.first_pause;
        };
        let (low, high) = self.epoch.bounds(sent);
        let running = rate.at(now, self.accepted);
        let target = match rate.phase(now) {
            // The requests did not use up the limit, so it may be higher than the accepted ones suggest.
            Phase::Guess => self.tuning.after_guess * running,
            Phase::Outgrown => self.tuning.after_growth * running,
            Phase::Known => rate.target().min(high),
        };
        let target = target.max(low).clamp(self.tuning.kept * running, running);
        rate.learn(target, now, retry_after);
        (self.tuning.skipped / target).min(self.tuning.longest_skip)
    }

    /// The earliest time at which a call with `place` calls in front of it can be sent.
    pub(super) fn foreseen(&self, place: usize, now: Duration) -> Duration {
        let pause_end = self.pause_end.max(now);
        match self.mode {
            // A known rate may be too low by half. A guessed or outgrown one gives no bound.
            Mode::Paced(rate) if rate.phase(now) == Phase::Known => {
                pause_end.max(self.next_slot) + seconds(float(place as u64) / (2.0 * rate.target()))
            }
            Mode::Paced(_) => pause_end.max(self.next_slot),
            Mode::Window(_) => pause_end,
        }
    }

    pub(super) fn status(&self, now: Duration) -> ThrottleStatus {
        let pace = match self.mode {
            Mode::Window(_) => None,
            // It does not grow during a pause or while no call is waiting.
            Mode::Paced(rate) => Some(rate.at(now.min(self.next_slot.max(self.pause_end)), self.accepted)),
        };
        ThrottleStatus { pace, waiting: 0, in_flight: self.in_flight, refused: self.refused }
    }
}

impl Epoch {
    /// The bounds of the limit: less than one request of it was left at either end.
    fn bounds(&self, end: Sent) -> (f64, f64) {
        let accepted = float(end.number.saturating_sub(self.number + 1 + self.refused));
        let elapsed = end.at.saturating_sub(self.at).as_secs_f64().max(1e-3);
        ((accepted - 1.0).max(0.0) / elapsed, (accepted + 1.0) / elapsed)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
