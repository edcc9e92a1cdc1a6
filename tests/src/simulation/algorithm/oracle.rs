//! An oracle that knows the limit and sends requests at exactly this rate, oldest call first, regardless of the responses.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Algorithm, Decision, SiteResponse};

/// The queue of calls and the time of the next slot.
pub(super) struct Oracle {
    interval: Duration,
    next: Duration,
    waiting: BTreeSet<(Duration, usize)>,
    began: Vec<Duration>,
}

impl Oracle {
    pub(super) fn new(limit: f64, callers: usize) -> Self {
        Self {
            interval: Duration::from_secs_f64(1.0 / limit),
            next: Duration::ZERO,
            waiting: BTreeSet::new(),
            began: vec![Duration::ZERO; callers],
        }
    }

    /// Reserves the next slot, which the oldest waiting call will take.
    fn queue(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.waiting.insert((self.began[caller], caller));
        self.next = self.next.max(now);
        decisions.push(Decision::Wake(caller, self.next));
        self.next += self.interval;
    }
}

impl Algorithm for Oracle {
    fn begin(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.began[caller] = now;
        self.queue(caller, now, decisions);
    }

    fn wake(&mut self, _: usize, _: Duration, decisions: &mut Vec<Decision>) {
        decisions.extend(self.waiting.pop_first().map(|(_, caller)| Decision::Send(caller)));
    }

    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, decisions: &mut Vec<Decision>) {
        if response != SiteResponse::Accepted {
            self.queue(caller, now, decisions);
        }
    }
}
