//! The timing of slots, based on the responses so far.
//!
//! At first, a window limits the number of requests in flight, and grows with each success while calls are waiting. The first
//! 429 replaces the window with a [`Rate`].
//!
//! Each further 429 measures the rate limit. The server is assumed to use a token bucket, which is empty when it
//! refuses a request. Between two 429s, the server therefore accepts as many requests as it adds tokens. The number of
//! these requests divided by the time between the 429s is the rate limit, with an error of at most one request. These
//! measurements keep the rate so close to the limit that it exceeds the limit only slightly before the next 429.
//!
//! Requests are numbered in the order in which they are sent. The time of a 429 is the time at which its request was
//! sent, because responses arrive late, and 429s arrive earlier than successes.

#![allow(clippy::cast_precision_loss, reason = "no process sends 2^53 requests")]

use std::time::Duration;

use super::controller::{Sent, Turn};
use super::limits::{Limits, ThrottleStatus};
use super::rate::{Phase, Rate, float};
use super::tuning::Tuning;

/// The longest `Retry-After` that is obeyed. A longer one is probably a mistake and is reduced to this value.
pub(super) const LONGEST_OBEYED: Duration = Duration::from_secs(60 * 60);

/// If no request is sent or completed for this long, requests in flight no longer block others.
///
/// This time exceeds the default attempt timeout of 30 s. A request that is still in flight after this time belongs to
/// a future that is not polled, or is so slow that sending another request does no harm.
const LONGEST_SILENCE: Duration = Duration::from_secs(40);

/// A longer time without requests, in whole seconds, is excluded from the rate that is assumed after the first 429.
const LONGEST_GAP: u64 = 1;

/// The throttle's state except for the queue.
#[derive(Debug)]
pub(super) struct Pace {
    pause_cap: Duration,
    tuning: Tuning,
    mode: Mode,
    /// The end of the current or most recent pause.
    pause_end: Duration,
    /// The time of the next slot according to the learned rate.
    next_slot: Duration,
    /// Whether requests are sent one at a time, as probes, until one succeeds.
    is_probing: bool,
    /// Whether a request sent after the last 429 is in flight.
    probe_in_flight: bool,
    /// The number of consecutive pauses that were followed by another 429.
    failed_pauses: u32,
    in_flight: usize,
    /// The time at which a request was last sent or completed.
    last_event: Duration,
    /// The start of the current period without long gaps between requests, and the number of requests sent before it.
    period: (Duration, u64),
    refused: u64,
    /// The number of requests sent so far, which is also the number of the next request.
    sent: u64,
    /// The number of the first request sent after the last 429, not counting stale 429s. `None` before the first 429.
    cut: Option<u64>,
    /// The time at which all members of a fleet have adopted the last change of the rate.
    settled: Duration,
    /// The number of accepted requests among those numbered `cut` or higher.
    accepted: u64,
    epoch: Epoch,
}

#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a controller has only one mode")]
enum Mode {
    /// The rate is unknown, and at most this many requests can be in flight.
    Window(usize),
    Paced(Rate),
}

/// The part of the state that is relevant to the other members of a fleet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counts {
    pub(super) in_flight: usize,
    /// The number of requests sent so far that were not refused.
    pub(super) accepted: u64,
    /// The number of requests accepted since the last 429.
    pub(super) accepted_since_cut: u64,
    /// The rate of the requests sent since the last long gap.
    pub(super) recent_rate: f64,
    pub(super) rate: Option<Rate>,
}

/// The state of a fleet, as it applies to one member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    /// The member's portion of the fleet's rate. `None` before the first 429.
    pub(super) rate: Option<Rate>,
    pub(super) pause_end: Duration,
    /// The position of the first slot after a restart, as a fraction of the interval between two slots.
    pub(super) phase: f64,
    /// 429s of requests sent before this time are stale.
    pub(super) settled: Duration,
    /// Whether the slots are scheduled anew, after a 429 or at the end of an outage.
    pub(super) is_restart: bool,
    pub(super) is_probing: bool,
    /// Whether this member sends the probes. It needs no slot for them.
    pub(super) is_prober: bool,
}

/// A measurement of the rate limit. It starts at a 429 that follows a success and ends at the next such 429.
#[derive(Clone, Copy, Debug, Default)]
struct Epoch {
    /// The time at which the request that received the first 429 was sent.
    at: Duration,
    /// The number of the request that received the first 429.
    number: u64,
    /// The number of further 429s during the measurement.
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
            period: (Duration::ZERO, 0),
            refused: 0,
            sent: 0,
            cut: None,
            settled: Duration::ZERO,
            accepted: 0,
            epoch: Epoch::default(),
        }
    }

    /// Decides whether a request can be sent now.
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
        // This runs before every request. Whole seconds are cheaper than durations.
        if self.in_flight == 0 && now.as_secs() > self.last_event.as_secs() + LONGEST_GAP {
            self.period = (now, self.sent);
        }
        self.last_event = now;
        self.in_flight += 1;
        self.probe_in_flight = true;
        self.sent += 1;
        if let Mode::Paced(_) = self.mode {
            self.schedule(now);
        }
    }

    /// Schedules the slot after the one that is used now.
    // Inlining this function would make calls slower that have never been throttled.
    #[inline(never)]
    fn schedule(&mut self, now: Duration) {
        let Mode::Paced(rate) = &mut self.mode else { return };
        if rate.share().is_some() {
            self.next_slot = rate.after(self.next_slot.max(now), 1.0);
        } else {
            rate.rest(now.saturating_sub(self.next_slot.max(self.pause_end)));
            self.next_slot = self.next_slot.max(now) + seconds(1.0 / rate.at(now, self.accepted));
        }
    }

    /// Records that a request got no response.
    pub(super) fn lost(&mut self, sent: Sent, now: Duration) {
        self.ended(now);
        // Only the last request can be the current probe. Earlier probes stopped blocking other requests after
        // `LONGEST_SILENCE`.
        self.probe_in_flight &= sent.number + 1 != self.sent;
    }

    /// Whether a request was sent before the last 429 arrived.
    pub(super) fn is_stale(&self, sent: Sent) -> bool {
        self.cut.is_some_and(|cut| sent.number < cut || sent.at < self.settled)
    }

    fn ended(&mut self, now: Duration) {
        self.last_event = now;
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Records that a request was accepted. Returns whether it was a probe, which ends an outage.
    pub(super) fn accepted(&mut self, sent: Sent, now: Duration, are_waiting: bool) -> bool {
        self.ended(now);
        // If no call is waiting, the window is large enough, and a success is no reason to grow it.
        if let Mode::Window(size) = &mut self.mode
            && are_waiting
        {
            *size += 1;
        }
        if self.is_stale(sent) {
            return false;
        }
        self.accepted += 1;
        self.failed_pauses = 0;
        let was_probing = std::mem::take(&mut self.is_probing);
        if was_probing && let Mode::Paced(rate) = &mut self.mode {
            rate.resume(now);
            self.next_slot = now;
        }
        was_probing
    }

    pub(super) fn refused(&mut self, sent: Sent, now: Duration, retry_after: Option<Duration>, random: f64) {
        self.ended(now);
        self.refused += 1;
        if self.is_stale(sent) {
            // Once the limit is reached, the server refuses all requests in flight. Only the first 429 is new
            // information.
            self.epoch.refused += u64::from(sent.number > self.epoch.number);
            return;
        }
        let retry_after = retry_after.map(|retry_after| retry_after.min(LONGEST_OBEYED));
        let jitter = 0.5 + random;
        // If this is the first request after a pause, or follows a lost probe, no request has been accepted since the
        // pause.
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

    /// Updates the rate after a 429 that follows a success. Returns the length of the pause in seconds.
    fn learn(&mut self, sent: Sent, now: Duration, retry_after: Duration) -> f64 {
        self.next_slot = now;
        let Mode::Paced(rate) = &mut self.mode else {
            self.mode = Mode::Paced(Rate::guess(self.recent_rate(sent.at), now, self.tuning));
            return self.tuning.first_pause;
        };
        rate.refused(now, self.accepted, self.epoch.bounds(sent), retry_after)
    }

    /// The rate of the requests sent since the last long gap, without those refused.
    pub(super) fn recent_rate(&self, now: Duration) -> f64 {
        let (since, sent_before) = self.period;
        let accepted = self.sent.saturating_sub(sent_before).saturating_sub(self.refused);
        float(accepted.max(1)) / now.saturating_sub(since).as_secs_f64().max(1.0)
    }

    /// A lower bound on the time at which the call at `position` in the queue can be sent.
    pub(super) fn foreseen(&self, position: usize, now: Duration) -> Duration {
        let pause_end = self.pause_end.max(now);
        match self.mode {
            // The limit is assumed to be at most twice the known rate. In the other phases, nothing is assumed about
            // the limit.
            Mode::Paced(rate) if rate.phase(now) == Phase::Known => {
                pause_end.max(self.next_slot) + seconds(float(position as u64) / (2.0 * rate.target()))
            }
            Mode::Paced(_) => pause_end.max(self.next_slot),
            Mode::Window(_) => pause_end,
        }
    }

    /// The state that the other members of a fleet need.
    pub(super) fn counts(&self) -> Counts {
        let rate = match self.mode {
            Mode::Window(_) => None,
            Mode::Paced(rate) => Some(rate),
        };
        let accepted_since_cut = self.accepted;
        let recent_rate = self.recent_rate(self.last_event);
        let accepted = self.sent.saturating_sub(self.refused);
        Counts { in_flight: self.in_flight, accepted, accepted_since_cut, recent_rate, rate }
    }

    /// Adopts the state of a fleet.
    pub(super) fn adopt(&mut self, plan: &Plan, now: Duration) {
        let Some(rate) = plan.rate else { return };
        let slots = match self.mode {
            Mode::Paced(old) => old.slots(now, self.next_slot).min(1.0),
            Mode::Window(_) => plan.phase,
        };
        self.mode = Mode::Paced(rate);
        self.pause_end = plan.pause_end;
        self.is_probing = plan.is_probing;
        self.settled = plan.settled;
        if plan.is_restart {
            self.next_slot = rate.after(plan.pause_end, plan.phase);
            self.failed_pauses = 0;
            self.cut = Some(self.sent);
            self.accepted = 0;
            self.probe_in_flight = false;
            self.epoch = Epoch { at: now, number: self.sent.saturating_sub(1), refused: 0 };
        } else if self.next_slot > now {
            self.next_slot = rate.after(now, slots);
        }
        if plan.is_prober {
            self.next_slot = plan.pause_end;
        }
    }

    /// Sets the limit on requests in flight before the first 429.
    pub(super) fn set_window(&mut self, window: usize) {
        if let Mode::Window(size) = &mut self.mode {
            *size = window.max(1);
        }
    }

    /// Continues without the fleet, at the member's last rate.
    pub(super) fn go_solo(&mut self) {
        if let Mode::Paced(rate) = &mut self.mode {
            *rate = rate.solo();
        }
        self.settled = Duration::ZERO;
    }

    pub(super) fn status(&self, now: Duration) -> ThrottleStatus {
        let pace = match self.mode {
            Mode::Window(_) => None,
            // The rate does not grow during a pause, or while no call is waiting.
            Mode::Paced(rate) => Some(rate.at(now.min(self.next_slot.max(self.pause_end)), self.accepted)),
        };
        ThrottleStatus { pace, waiting: 0, in_flight: self.in_flight, refused: self.refused, fleet: None }
    }
}

impl Epoch {
    /// The lower and upper bounds on the limit, measured between two 429s. At the time of a 429, the token bucket holds
    /// less than one token, so the number of accepted requests differs from the number of added tokens by less than
    /// one.
    fn bounds(&self, end: Sent) -> (f64, f64) {
        let accepted = float(end.number.saturating_sub(self.number + 1 + self.refused));
        let elapsed = end.at.saturating_sub(self.at).as_secs_f64().max(1e-3);
        ((accepted - 1.0).max(0.0) / elapsed, (accepted + 1.0) / elapsed)
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
