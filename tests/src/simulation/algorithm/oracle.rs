//! An oracle that sends at exactly the rate of the limit, oldest call first, whatever the responses.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Action, Algorithm, Answer};

/// The queue, and the time of the next slot.
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

    /// Reserves the next slot. The oldest call takes it when its time comes.
    fn queue(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        self.waiting.insert((self.began[caller], caller));
        self.next = self.next.max(now);
        actions.push(Action::Wake(caller, self.next));
        self.next += self.interval;
    }
}

impl Algorithm for Oracle {
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        self.began[caller] = now;
        self.queue(caller, now, actions);
    }

    fn wake(&mut self, _: usize, _: Duration, actions: &mut Vec<Action>) {
        actions.extend(self.waiting.pop_first().map(|(_, caller)| Action::Send(caller)));
    }

    fn answered(&mut self, caller: usize, now: Duration, answer: Answer, actions: &mut Vec<Action>) {
        if answer != Answer::Accepted {
            self.queue(caller, now, actions);
        }
    }
}
