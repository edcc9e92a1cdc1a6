//! The members of a fleet: their demand, their shares, and the requests accepted from them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Fleet, GOLDEN, Probe};
use crate::send::throttle::micros;
use crate::send::throttle::rate::float;
use crate::send::throttle::tuning::Tuning;

/// The largest demand that counts. It keeps damaged values from distorting the shares without limit.
const MAX_DEMAND: f64 = 1e6;

/// A member of a fleet.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub(in crate::send::throttle) struct Entry {
    /// The time of its last report.
    #[serde(with = "micros")]
    pub(super) seen: Duration,
    /// The number of its calls that wait or are in flight.
    demand: f64,
    /// Whether calls have waited since the report before.
    has_waited: bool,
    /// The number of requests accepted from it, according to its last report.
    accepted: u64,
    /// The estimated number of requests accepted from it between its last report and `counted`.
    assumed: f64,
    #[serde(with = "micros")]
    pub(super) counted: Duration,
    /// Fields written by later versions of this crate.
    #[serde(flatten)]
    other: Map<String, Value>,
}

/// The report of a member about itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::send::throttle) struct Report {
    pub(in crate::send::throttle) demand: f64,
    pub(in crate::send::throttle) has_waited: bool,
    /// The number of requests accepted since the member joined.
    pub(in crate::send::throttle) accepted: u64,
}

/// The share of a member.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::send::throttle) struct Share {
    /// The fraction of the fleet's rate.
    pub(in crate::send::throttle) fraction: f64,
    /// The position of its first slot after a pause, as a fraction of the interval between two of its slots.
    pub(in crate::send::throttle) phase: f64,
}

impl Fleet {
    /// The number of members.
    pub(in crate::send::throttle) fn size(&self, now: Duration, tuning: Tuning) -> usize {
        self.members.values().filter(|entry| self.is_present(entry, now, tuning)).count()
    }

    pub(in crate::send::throttle) fn contains(&self, id: &str) -> bool {
        self.members.contains_key(id)
    }

    /// Whether calls are waiting, so that the fleet uses all of its rate.
    pub(super) fn is_busy(&self, now: Duration, tuning: Tuning) -> bool {
        self.members.values().any(|entry| entry.has_waited && self.is_present(entry, now, tuning))
    }

    /// Updates or adds a member.
    pub(in crate::send::throttle) fn report(&mut self, id: &str, now: Duration, report: Report) {
        let other = self.members.remove(id).map(|entry| entry.other).unwrap_or_default();
        let Report { demand, has_waited, accepted } = report;
        let entry =
            Entry { seen: now, demand, has_waited, accepted, assumed: 0.0, counted: now.max(self.pause_end), other };
        self.members.insert(id.to_owned(), entry);
    }

    /// Removes a member that has no calls.
    pub(in crate::send::throttle) fn leave(&mut self, id: &str, accepted: u64) {
        if self.members.remove(id).is_some() {
            self.departed += float(accepted);
        }
        if self.probe.as_ref().is_some_and(|probe| probe.member == id) {
            self.probe = None;
        }
    }

    /// Gives a member the right to send probes.
    pub(in crate::send::throttle) fn claim_probe(&mut self, id: &str, now: Duration, tuning: Tuning) {
        let until = now + Duration::from_secs_f64(tuning.fleet.probe_time);
        self.probe = Some(Probe { member: id.to_owned(), until });
    }

    /// The share of a member, in proportion to its demand, so that all calls of the fleet wait about equally long.
    ///
    /// `demand` is the member's current demand, which may differ from its last report.
    pub(in crate::send::throttle) fn share(&self, id: &str, demand: f64, now: Duration, tuning: Tuning) -> Share {
        let own = demand.max(1.0);
        let (mut before, mut total) = (0.0, own);
        for (other, entry) in &self.members {
            if other != id && self.is_present(entry, now, tuning) {
                let demand = entry.demand.clamp(0.0, MAX_DEMAND);
                total += demand;
                before += if other.as_str() < id { demand } else { 0.0 };
            }
        }
        let position = (before + own / 2.0) / total;
        let phase = (position + GOLDEN * float(self.cut % 1_000_000)).fract();
        Share { fraction: own / total, phase }
    }

    /// The estimated number of requests accepted from the fleet by the time `now`.
    pub(super) fn accepted(&self, now: Duration, tuning: Tuning) -> f64 {
        let total = self.total_demand(now, tuning);
        let accepted = |entry: &Entry| float(entry.accepted) + entry.assumed + self.expected(entry, total, now, tuning);
        self.departed + self.members.values().map(accepted).sum::<f64>()
    }

    /// Adds the expected requests to those assumed to be accepted, because the rate is about to change.
    pub(super) fn assume_accepted(&mut self, now: Duration, tuning: Tuning) {
        let total = self.total_demand(now, tuning);
        let expected = self.members.values().map(|entry| self.expected(entry, total, now, tuning));
        let expected: Vec<f64> = expected.collect();
        for (entry, expected) in self.members.values_mut().zip(expected) {
            entry.assumed += expected;
            entry.counted = entry.counted.max(now);
        }
    }

    /// The expected number of requests sent by a member since `entry.counted`.
    fn expected(&self, entry: &Entry, total: f64, now: Duration, tuning: Tuning) -> f64 {
        if !entry.has_waited || !self.is_present(entry, now, tuning) {
            return 0.0;
        }
        let Some(rate) = self.curve(tuning) else { return 0.0 };
        let share = entry.demand.clamp(0.0, MAX_DEMAND) / total.max(1.0);
        share * rate.slots(entry.counted.max(self.pause_end), now)
    }

    fn total_demand(&self, now: Duration, tuning: Tuning) -> f64 {
        let present = self.members.values().filter(|entry| self.is_present(entry, now, tuning));
        present.map(|entry| entry.demand.clamp(0.0, MAX_DEMAND)).sum()
    }

    pub(super) fn remove_absent(&mut self, now: Duration, tuning: Tuning) {
        let members = std::mem::take(&mut self.members);
        let heartbeat = heartbeat(members.len(), tuning);
        let (present, absent): (BTreeMap<_, _>, BTreeMap<_, _>) =
            members.into_iter().partition(|(_, entry)| entry.is_present(heartbeat, now, tuning));
        self.members = present;
        let accepted = |entry: &Entry| float(entry.accepted) + entry.assumed;
        self.departed += absent.values().map(accepted).sum::<f64>();
    }

    /// The interval between two reports of a member. It grows with the number of members, to limit the number of writes.
    pub(in crate::send::throttle) fn heartbeat(&self, tuning: Tuning) -> Duration {
        heartbeat(self.members.len(), tuning)
    }

    fn is_present(&self, entry: &Entry, now: Duration, tuning: Tuning) -> bool {
        entry.is_present(self.heartbeat(tuning), now, tuning)
    }
}

impl Entry {
    fn is_present(&self, heartbeat: Duration, now: Duration, tuning: Tuning) -> bool {
        now.abs_diff(self.seen) <= heartbeat.mul_f64(tuning.fleet.absence)
    }
}

fn heartbeat(members: usize, tuning: Tuning) -> Duration {
    let factor = float(members as u64) / tuning.fleet.crowd;
    Duration::from_secs_f64(tuning.fleet.heartbeat * factor.max(1.0))
}
