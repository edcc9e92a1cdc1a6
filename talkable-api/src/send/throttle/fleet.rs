//! The state shared by the processes of a fleet, and the changes to it.
//!
//! Each process reads the state from the store, derives its share of the rate from it, and sends at that rate without further
//! communication. It writes the state only to report its demand, after a 429, and to claim the right to send probes. All times are
//! times of the store's clock.
//!
//! The first member that gets a 429 lowers the rate for all. Until the others have read the new state, which takes less than
//! `FleetTuning::settle`, they send at the old rate, so 429s in this time are stale. The rate then follows the same curve as that of
//! a single process. The limit is measured in the same way, between two 429s, except that the number of accepted requests is an
//! estimate: the last report of each member, plus its share of the slots since then.
//!
//! The shares are proportional to the demand. As in a single queue, all calls of the fleet wait about equally long. The slots of the
//! members follow one another, because each member starts at another fraction of its interval after each change of the rate.

mod blob;
mod members;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::limits::Limits;
use super::micros;
use super::pace::LONGEST_OBEYED;
use super::rate::{Parts, Rate, float};
use super::tuning::Tuning;
pub(super) use blob::Unusable;
pub(super) use members::{Entry, Report};

/// The fractional part of the golden ratio. Its multiples are spread evenly over the unit interval.
const GOLDEN: f64 = 0.618_033_988_749_894_8;

/// How far the store's clock can move backward before the times of the state are moved with it.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(5);

/// The state of a fleet.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub(super) struct Fleet {
    /// The version of the format. It changes only if older versions of this crate must not write the state.
    format: u32,
    /// The time of the last write.
    #[serde(with = "micros")]
    written: Duration,
    /// The rate of the fleet. `None` before the first 429.
    rate: Option<Parts>,
    /// The end of the current or most recent pause.
    #[serde(with = "micros")]
    pub(super) pause_end: Duration,
    /// The number of changes to the rate so far. A 429 is stale if its request was sent before the latest change.
    pub(super) cut: u64,
    #[serde(with = "micros")]
    cut_at: Duration,
    failed_pauses: u32,
    /// Whether requests are sent one at a time, as probes, until one succeeds.
    pub(super) is_probing: bool,
    pub(super) probe: Option<Probe>,
    epoch: Option<Epoch>,
    /// The number of requests accepted from processes that are no longer members.
    departed: f64,
    members: BTreeMap<String, Entry>,
    /// Fields written by later versions of this crate.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The right of one member to send probes.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub(super) struct Probe {
    pub(super) member: String,
    #[serde(with = "micros")]
    pub(super) until: Duration,
}

/// A measurement of the rate limit, from one 429 that follows a success to the next.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq)]
struct Epoch {
    #[serde(with = "micros")]
    at: Duration,
    /// The number of requests accepted from the fleet by then.
    accepted: f64,
}

/// A 429 that one member reports to the fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Refusal {
    /// The time at which the request was sent.
    pub(super) sent: Duration,
    pub(super) retry_after: Option<Duration>,
    pub(super) random: f64,
    /// The number of requests accepted from this member since the last change of the rate.
    pub(super) accepted: u64,
    /// The rate at which requests were accepted from this member so far.
    pub(super) guess: f64,
}

impl Fleet {
    /// Creates the state of a fleet without members.
    pub(super) fn new(now: Duration) -> Self {
        Self {
            format: blob::FORMAT,
            written: now,
            rate: None,
            pause_end: now,
            cut: 0,
            cut_at: Duration::ZERO,
            failed_pauses: 0,
            is_probing: false,
            probe: None,
            epoch: None,
            departed: 0.0,
            members: BTreeMap::new(),
            other: Map::new(),
        }
    }

    /// The rate of the fleet, and the time at which to evaluate it. `None` before the first 429.
    ///
    /// The rate grows only while calls are waiting.
    pub(super) fn rate(&self, now: Duration, tuning: Tuning) -> Option<Rate> {
        let mut rate = self.curve(tuning)?;
        if !self.is_busy(now, tuning) {
            rate.rest(now.saturating_sub(self.written.max(self.pause_end)));
        }
        Some(rate)
    }

    /// The rate of the fleet, without regard to idle time.
    fn curve(&self, tuning: Tuning) -> Option<Rate> {
        self.rate.map(|parts| Rate::from_parts(parts, tuning).shared())
    }

    /// Prepares the state for a change: removes members that have disappeared, and excludes idle time from the growth of the rate.
    pub(super) fn advance(&mut self, now: Duration, tuning: Tuning) {
        let rate = self.rate(now, tuning);
        self.rate = rate.map(Rate::parts);
        self.remove_absent(now, tuning);
        self.written = now;
    }

    /// Updates the rate after a 429. Returns false if the 429 has nothing to add.
    pub(super) fn refuse(&mut self, now: Duration, refusal: Refusal, limits: Limits, tuning: Tuning) {
        let retry_after = refusal.retry_after.map(|retry_after| retry_after.min(LONGEST_OBEYED));
        let jitter = 0.5 + refusal.random;
        let is_fruitless = self.is_fruitless(now, refusal, tuning);
        let pause = if self.is_probing || (is_fruitless && self.failed_pauses > 0) {
            self.is_probing = true;
            self.failed_pauses = self.failed_pauses.saturating_add(1);
            let own = tuning.first_pause * tuning.growth.powi(self.failed_pauses.min(100).cast_signed());
            let pause = seconds(own * jitter).min(limits.pause_cap).max(retry_after.unwrap_or_default());
            // A member ignores responses to earlier requests, when others still send at the old rate.
            pause.max(seconds(tuning.fleet.settle))
        } else {
            let own = self.learn(now, refusal, retry_after.unwrap_or_default(), tuning);
            self.failed_pauses = u32::from(is_fruitless);
            retry_after.unwrap_or_else(|| seconds(own * jitter).min(limits.pause_cap))
        };
        self.assume_accepted(now, tuning);
        self.pause_end = self.pause_end.max(now + pause);
        if let Some(mut rate) = self.curve(tuning) {
            rate.hold(self.pause_end);
            self.rate = Some(rate.parts());
        }
        self.restart(now, self.pause_end);
    }

    /// Whether no request of the fleet was accepted since the last pause, as far as is known.
    fn is_fruitless(&self, now: Duration, refusal: Refusal, tuning: Tuning) -> bool {
        let Some(rate) = self.rate(now, tuning) else { return false };
        let begin = self.pause_end.max(self.settled_at(tuning));
        self.is_probing
            || (self.cut > 0 && refusal.accepted == 0 && refusal.sent < rate.after(begin, tuning.fleet.fruitless_slots))
    }

    /// Updates the rate after a 429 that follows a success. Returns the length of the pause in seconds.
    fn learn(&mut self, now: Duration, refusal: Refusal, retry_after: Duration, tuning: Tuning) -> f64 {
        let accepted = self.accepted(refusal.sent, tuning);
        let epoch = self.epoch.replace(Epoch { at: refusal.sent, accepted });
        let Some(mut rate) = self.rate(now, tuning) else {
            let members = float(self.size(now, tuning) as u64);
            self.rate = Some(Rate::guess(refusal.guess * members, now, tuning).shared().parts());
            return tuning.first_pause;
        };
        let (low, high) = epoch.map_or((0.0, f64::INFINITY), |epoch| {
            let accepted = accepted - epoch.accepted;
            let elapsed = refusal.sent.saturating_sub(epoch.at).as_secs_f64().max(1e-3);
            let error = 1.0 + tuning.fleet.count_error * float(self.members.len() as u64).sqrt();
            let high = (accepted + error).max(1.0) / elapsed;
            if elapsed >= tuning.fleet.shortest_epoch {
                return ((accepted - error).max(0.0) / elapsed, high);
            }
            // Most reports are older than the measurement, so it is only a hint.
            let running = rate.at(now, u64::MAX);
            let reduced = tuning.after_growth * running;
            (0.0, if high < running { high.max(reduced) } else { reduced })
        });
        let pause = rate.refused(now, u64::MAX, (low, high), retry_after);
        self.rate = Some(rate.parts());
        pause
    }

    /// Resumes at the full rate after an outage.
    pub(super) fn resume(&mut self, now: Duration, tuning: Tuning) {
        self.failed_pauses = 0;
        self.is_probing = false;
        // The members count their slots from here, so a pause that ended earlier would give them several at once.
        self.pause_end = now;
        if let Some(mut rate) = self.curve(tuning) {
            rate.resume(now);
            self.rate = Some(rate.parts());
        }
        self.restart(now, now);
    }

    /// Restarts the schedule of the slots.
    fn restart(&mut self, now: Duration, at: Duration) {
        self.cut += 1;
        self.cut_at = now;
        self.probe = None;
        for entry in self.members.values_mut() {
            entry.counted = at;
        }
    }

    /// The time at which all members have adopted the last change of the rate. Earlier 429s say nothing about the new rate.
    pub(super) fn settled_at(&self, tuning: Tuning) -> Duration {
        self.cut_at + Duration::from_secs_f64(tuning.fleet.settle)
    }

    /// Whether a member has to claim the right to send probes now.
    pub(super) fn needs_probe(&self, now: Duration) -> bool {
        self.is_probing && now >= self.probe_free_at()
    }

    /// The time from which on a member can claim the right to send probes.
    pub(super) fn probe_free_at(&self) -> Duration {
        self.probe.as_ref().map_or(self.pause_end, |probe| probe.until.max(self.pause_end))
    }

    /// Adds the rate of a new member to a guess, which was made without it.
    pub(super) fn add_to_guess(&mut self, rate: f64) {
        if let Some(parts) = self.rate.as_mut().filter(|parts| parts.is_guess) {
            parts.target += rate;
        }
    }

    /// Restores the rate of a fleet whose state was deleted.
    pub(super) fn offer(&mut self, rate: &Rate) {
        self.rate.get_or_insert(rate.parts());
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST_OBEYED)
}
