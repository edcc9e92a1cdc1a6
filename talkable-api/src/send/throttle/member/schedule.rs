//! When a member reads and writes the shared state.

use std::time::Duration;

use super::{LINGER, Load, Member};
use crate::send::throttle::tuning::FleetTuning;

/// How long a process waits for the first state before it continues alone.
const LONGEST_DELAY: Duration = Duration::from_millis(50);

/// How long a member counts as busy after a call has waited.
const BUSY_FOR: Duration = Duration::from_secs(2);

/// The reason for an operation, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    Urgent,
    Report,
    Load,
}

impl Member {
    /// The next operation: its earliest time and its reason.
    pub(super) fn next(&self, now: Duration, load: &Load) -> Option<(Duration, Need)> {
        let not_before = self.not_before.max(now);
        let needs = [
            self.urgent_at(now, load).map(|at| (at.max(self.budget.next(now, Need::Urgent)), Need::Urgent)),
            self.report_at(load)
                .map(|at| (at.max(self.report_not_before).max(self.budget.next(now, Need::Report)), Need::Report)),
            self.load_at(now, load).map(|at| (at.max(self.budget.next(now, Need::Load)), Need::Load)),
        ];
        needs.into_iter().flatten().map(|(at, need)| (at.max(not_before), need)).min()
    }

    fn urgent_at(&self, now: Duration, load: &Load) -> Option<Duration> {
        let (_, fleet) = self.base.as_ref()?;
        if self.refused.is_some() || self.has_probe_succeeded {
            return Some(now);
        }
        (fleet.is_probing && load.waiting > 0).then(|| self.clock.to_local(fleet.probe_free_at()))
    }

    fn report_at(&self, load: &Load) -> Option<Duration> {
        let (_, fleet) = self.base.as_ref()?;
        let (last, _) = self.active?;
        let Some((at, reported)) = self.reported.filter(|_| fleet.contains(&self.id)) else {
            return (load.demand() > 0.0).then_some(Duration::ZERO);
        };
        let FleetTuning { demand_change, demand_pause, .. } = self.tuning.fleet;
        if load.demand() == 0.0 {
            return Some(last + LINGER);
        }
        let has_changed = (load.demand() - reported).abs() > demand_change * reported;
        Some(at + if has_changed { Duration::from_secs_f64(demand_pause) } else { fleet.heartbeat(self.tuning) })
    }

    fn load_at(&self, now: Duration, load: &Load) -> Option<Duration> {
        if load.demand() == 0.0 {
            return None;
        }
        let Some(refreshed) = self.refreshed.filter(|_| self.base.is_some()) else { return Some(now) };
        let is_busy = self.last_waited.is_some_and(|last| now.saturating_sub(last) <= BUSY_FOR);
        let FleetTuning { read_busy, read_quiet, .. } = self.tuning.fleet;
        Some(refreshed + Duration::from_secs_f64(if is_busy { read_busy } else { read_quiet }))
    }

    /// The time at which the process continues alone if no state has arrived.
    pub(super) fn alone_at(&self) -> Option<Duration> {
        let (_, since) = self.active.filter(|_| self.adopted.is_none() && !self.is_alone)?;
        let has_failed = self.failures > 0 || self.is_unusable;
        Some(if has_failed { since } else { since + LONGEST_DELAY })
    }
}
