//! A member of a fleet: when to read and write the shared state, and what follows from it for the member's own rate.
//!
//! Like the [`controller`](super::controller), this module does no I/O and has no clock. `Member::step` returns the store
//! operation to start, and `Member::complete` accepts its result. At most one operation runs at a time. Without results, the
//! controller continues alone.

mod budget;
mod clock;
mod operation;
mod schedule;

use std::time::Duration;

use super::fleet::{Fleet, Refusal, Report, Unusable};
use super::limits::{FleetStatus, Limits};
use super::pace::{Counts, Plan};
use super::rate::float;
use super::store::{Snapshot, Swap};
use super::tuning::Tuning;
use budget::Budget;
use clock::Clock;
pub use operation::{Completion, Operation, Step};
use schedule::Need;

/// How long a member without calls remains in the fleet.
const LINGER: Duration = Duration::from_secs(1);

/// How long members may take to claim the right to send probes, before each sends its own.
const PROBE_GRACE: Duration = Duration::from_secs(1);

/// The first and the longest timeout of an operation. It doubles with each failure.
const TIMEOUT: (Duration, Duration) = (Duration::from_millis(125), Duration::from_millis(500));

/// The first and the longest pause after a failed operation.
const RETRY: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How long a 429 is worth reporting.
const REFUSAL_LIFE: Duration = Duration::from_secs(1);

/// The longest random delay of a report after a conflict, in seconds. It grows with the number of conflicts.
const CONFLICT_PAUSE: f64 = 0.05;

/// The member's own calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) waiting: usize,
    pub(super) counts: Counts,
}

/// A member of a fleet.
#[derive(Debug)]
pub(super) struct Member {
    id: String,
    limits: Limits,
    tuning: Tuning,
    clock: Clock,
    budget: Budget,
    /// The last known state and its version. `None` before the first result, and if the state is unusable.
    base: Option<(u64, Fleet)>,
    pending: Option<Pending>,
    /// The number of the last change of the rate that was adopted. `None` before the first state.
    adopted: Option<u64>,
    /// The fraction of the fleet's rate in the last plan.
    share: f64,
    refused: Option<LocalRefusal>,
    /// Whether a probe has succeeded and this is not reported yet.
    has_probe_succeeded: bool,
    /// Whether there is something to report that `step` has not seen.
    has_news: bool,
    /// The last report: its time, and the demand in it.
    reported: Option<(Duration, f64)>,
    /// Whether a call has waited since the last report.
    has_waited: bool,
    last_waited: Option<Duration>,
    /// The time at which there was last a call, and the time from which on there always was one.
    active: Option<(Duration, Duration)>,
    has_joined: bool,
    /// The number of requests accepted before the member joined.
    accepted_before: u64,
    /// The number of failed operations since the last success.
    failures: u32,
    is_unusable: bool,
    is_alone: bool,
    /// The number of refused swaps in a row.
    conflicts: u32,
    /// The earliest time of the next operation, and that of the next report.
    not_before: Duration,
    report_not_before: Duration,
    /// The time of the last successful operation.
    refreshed: Option<Duration>,
}

/// A 429 that has not been reported yet.
#[derive(Clone, Copy, Debug)]
struct LocalRefusal {
    refusal: Refusal,
    at: Duration,
    /// The number of the last change of the rate when the request was sent.
    cut: Option<u64>,
}

#[derive(Debug)]
struct Pending {
    started: Duration,
    write: Option<Write>,
}

/// A state that is being written.
#[derive(Debug)]
struct Write {
    fleet: Fleet,
    demand: f64,
    has_refusal: bool,
    is_leaving: bool,
}

impl Member {
    pub(super) fn new(id: u64, limits: Limits, tuning: Tuning) -> Self {
        Self {
            id: format!("{id:016x}"),
            limits,
            tuning,
            clock: Clock::default(),
            budget: Budget::default(),
            base: None,
            pending: None,
            adopted: None,
            share: 1.0,
            refused: None,
            has_probe_succeeded: false,
            has_news: false,
            reported: None,
            has_waited: false,
            last_waited: None,
            active: None,
            has_joined: false,
            accepted_before: 0,
            failures: 0,
            is_unusable: false,
            is_alone: false,
            conflicts: 0,
            not_before: Duration::ZERO,
            report_not_before: Duration::ZERO,
            refreshed: None,
        }
    }

    /// Records that a call has to wait.
    pub(super) fn has_waiting_calls(&mut self) {
        self.has_waited = true;
    }

    /// Records a 429 that is not stale.
    pub(super) fn refused(&mut self, refusal: Refusal, now: Duration) {
        self.refused = Some(LocalRefusal { refusal, at: now, cut: self.adopted });
        self.has_news = true;
    }

    pub(super) fn probe_succeeded(&mut self) {
        self.has_probe_succeeded = true;
        self.has_news = true;
    }

    /// Whether [`step`](Self::step) should run without delay.
    pub(super) fn is_urgent(&self) -> bool {
        self.has_news && self.pending.is_none()
    }

    /// Decides what to do next.
    pub(super) fn step(&mut self, now: Duration, load: &Load) -> Step {
        self.observe(now, load);
        self.has_news = false;
        if self.pending.is_some() {
            return Step { wake: self.alone_at().filter(|at| *at > now), ..Step::default() };
        }
        let Some((at, need)) = self.next(now, load) else { return Step::default() };
        let alone_at = self.alone_at().filter(|at| *at > now);
        if at > now {
            return Step { wake: Some(alone_at.map_or(at, |alone_at| at.min(alone_at))), ..Step::default() };
        }
        self.budget.spend(now);
        let write = (need != Need::Load).then(|| self.write(now, load)).flatten();
        let operation = match &write {
            Some((expected, write)) => Operation::Swap { expected: *expected, blob: write.fleet.encode() },
            None => Operation::Load,
        };
        self.pending = Some(Pending { started: now, write: write.map(|(_, write)| write) });
        let timeout = TIMEOUT.0.saturating_mul(1 << self.failures.min(10)).min(TIMEOUT.1);
        Step { operation: Some(operation), timeout, wake: alone_at }
    }

    /// Whether the first state is overdue, so that the process has to continue without it. True once.
    pub(super) fn gives_up(&mut self, now: Duration) -> bool {
        let gives_up = self.alone_at().is_some_and(|at| at <= now);
        self.is_alone |= gives_up;
        gives_up
    }

    fn observe(&mut self, now: Duration, load: &Load) {
        if load.waiting > 0 {
            self.has_waited = true;
        }
        if self.has_waited {
            self.last_waited = Some(now);
        }
        if load.demand() > 0.0 {
            let since =
                self.active.filter(|(last, _)| now.saturating_sub(*last) < LINGER).map_or(now, |(_, since)| since);
            self.active = Some((now, since));
        }
        let is_old = |refused: LocalRefusal| now.saturating_sub(refused.at) > REFUSAL_LIFE;
        if self.refused.is_some_and(is_old) {
            self.refused = None;
        }
    }

    /// Prepares the next state.
    fn write(&mut self, now: Duration, load: &Load) -> Option<(u64, Write)> {
        let (version, fleet) = self.base.as_ref()?;
        let (mut fleet, time, tuning) = (fleet.clone(), self.clock.to_store(now), self.tuning);
        fleet.advance(time, tuning);
        let accepted = load.counts.accepted;
        if !fleet.contains(&self.id) {
            if !self.has_joined {
                fleet.add_to_guess(load.counts.recent_rate.min(float(accepted)));
            }
            self.accepted_before = accepted;
        }
        let accepted = accepted.saturating_sub(self.accepted_before);
        let demand = load.demand();
        let is_leaving = demand == 0.0;
        if is_leaving {
            fleet.leave(&self.id, accepted);
        } else {
            fleet.report(&self.id, time, Report { demand, has_waited: self.has_waited, accepted });
        }
        if let Some(LocalRefusal { mut refusal, .. }) = self.refused {
            refusal.sent = self.clock.to_store(refusal.sent);
            fleet.refuse(time, refusal, self.limits, tuning);
        } else if let Some(rate) = load.counts.rate {
            fleet.offer(&rate.whole(rate.share().unwrap_or(self.share), now, time));
        }
        if self.has_probe_succeeded {
            fleet.resume(time, tuning);
        } else if fleet.needs_probe(time) && load.waiting > 0 {
            fleet.claim_probe(&self.id, time, tuning);
        }
        Some((*version, Write { fleet, demand, has_refusal: self.refused.is_some(), is_leaving }))
    }

    /// Accepts the result of the operation. Returns the new plan, if there is one.
    pub(super) fn complete(&mut self, now: Duration, load: &Load, completion: Completion, random: f64) -> Option<Plan> {
        self.observe(now, load);
        let pending = self.pending.take()?;
        match (completion, pending.write) {
            (Completion::Loaded(snapshot) | Completion::Swapped(Swap::Refused(snapshot)), write) => {
                self.conflicts = if write.is_some() { self.conflicts.saturating_add(1) } else { 0 };
                let spread = CONFLICT_PAUSE * f64::from(self.conflicts.min(4)).exp2();
                self.report_not_before = now + Duration::from_secs_f64(spread * random);
                self.load(pending.started, now, &snapshot);
            }
            (Completion::Swapped(Swap::Stored { version, now: time }), Some(write)) => {
                self.base = Some((version, write.fleet));
                self.sample(pending.started, now, time);
                self.has_joined = true;
                self.reported = Some((now, write.demand)).filter(|_| !write.is_leaving);
                self.refused = self.refused.filter(|_| !write.has_refusal);
                self.has_probe_succeeded = false;
                self.has_waited = load.waiting > 0;
                self.conflicts = 0;
                self.succeed(now);
            }
            (Completion::Swapped(Swap::Stored { .. }), None) | (Completion::Failed, _) => {
                self.fail(now, random);
                return None;
            }
        }
        self.plan(now, load)
    }

    fn load(&mut self, started: Duration, now: Duration, snapshot: &Snapshot) {
        self.sample(started, now, snapshot.now);
        self.succeed(now);
        if snapshot.version == 0 {
            // If the store has lost the state, the member restores the last one that it knows.
            let fleet = self.base.take().map(|(_, fleet)| fleet);
            self.base = Some((0, fleet.unwrap_or_else(|| Fleet::new(snapshot.now))));
        } else if self.base.as_ref().is_none_or(|(version, _)| *version != snapshot.version) {
            match Fleet::decode(&snapshot.blob, snapshot.now) {
                Ok(fleet) => self.base = Some((snapshot.version, fleet)),
                Err(Unusable) => {
                    self.base = None;
                    self.is_unusable = true;
                    self.not_before = now + RETRY.1;
                    return;
                }
            }
        }
        let Some((_, fleet)) = &self.base else { return };
        // A process that has not adopted a rate yet can only report the first 429 of the fleet.
        self.refused = self.refused.filter(|refused| refused.cut.unwrap_or(0) == fleet.cut);
        self.has_probe_succeeded &= fleet.is_probing;
    }

    fn sample(&mut self, started: Duration, now: Duration, time: Duration) {
        self.clock.sample(started, now, time);
        if let Some((_, fleet)) = &mut self.base {
            fleet.follow_clock(time);
        }
    }

    fn succeed(&mut self, now: Duration) {
        self.failures = 0;
        self.is_unusable = false;
        self.refreshed = Some(now);
        self.not_before = now;
    }

    fn fail(&mut self, now: Duration, random: f64) {
        if self.failures > 0 {
            let pause = RETRY.0.saturating_mul(1 << self.failures.min(10)).min(RETRY.1);
            self.not_before = now + pause.mul_f64(0.5 + random.clamp(0.0, 1.0));
        }
        self.failures = self.failures.saturating_add(1);
        // The store forgets the member if this was its last report.
        self.reported =
            self.reported.filter(|_| self.active.is_some_and(|(last, _)| now.saturating_sub(last) < LINGER));
    }

    /// Whether the store is gone, and not only one of its responses.
    pub(super) fn has_lost_store(&self) -> bool {
        self.failures > 1
    }

    /// The consequences of the last known state.
    fn plan(&mut self, now: Duration, load: &Load) -> Option<Plan> {
        // The member has already reacted to an event that is not part of the state yet.
        if self.refused.is_some() || self.has_probe_succeeded {
            return None;
        }
        let (_, fleet) = self.base.as_ref()?;
        let time = self.clock.to_store(now);
        let share = fleet.share(&self.id, load.demand(), time, self.tuning);
        let newcomer = if fleet.contains(&self.id) { 1.0 } else { self.tuning.fleet.newcomer };
        self.share = share.fraction * newcomer;
        let rate = fleet.rate(time, self.tuning);
        let is_prober = fleet.probe.as_ref().is_some_and(|probe| probe.member == self.id && probe.until > time);
        let pause_end = if fleet.is_probing && !is_prober {
            self.clock.to_local(fleet.probe_free_at()) + PROBE_GRACE
        } else {
            self.clock.to_local(fleet.pause_end)
        };
        let plan = Plan {
            rate: rate.map(|rate| rate.portion(self.share, time, now)),
            settled: self.clock.to_local(fleet.settled_at(self.tuning)),
            pause_end,
            phase: share.phase,
            is_restart: self.adopted != Some(fleet.cut),
            is_probing: fleet.is_probing,
            is_prober: fleet.is_probing && is_prober,
        };
        self.adopted = Some(fleet.cut);
        Some(plan)
    }

    /// The state of the fleet. `None` before the first state.
    pub(super) fn status(&self, now: Duration) -> FleetStatus {
        let time = self.clock.to_store(now);
        let fleet = self.base.as_ref().map(|(_, fleet)| fleet);
        FleetStatus {
            is_connected: fleet.is_some() && self.failures == 0 && !self.is_unusable,
            members: fleet.map_or(0, |fleet| fleet.size(time, self.tuning)),
            rate: fleet.and_then(|fleet| fleet.rate(time, self.tuning)).map(|rate| rate.at(time, u64::MAX)),
        }
    }
}

impl Load {
    #[expect(clippy::cast_precision_loss, reason = "the number of calls is small")]
    fn demand(&self) -> f64 {
        (self.waiting + self.counts.in_flight) as f64
    }
}

#[cfg(test)]
#[allow(clippy::cast_precision_loss, reason = "the numbers are small")]
mod tests;
