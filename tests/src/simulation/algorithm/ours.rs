//! The throttle of the crate: its controller, driven as the futures of the crate drive it.

use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::controller::{Controller, End, Sent, Turn};
use talkable_api::__private::throttle::{Limits, Tuning};

use super::{Action, Algorithm, Answer};

/// A controller and its calls.
pub(super) struct Ours {
    controller: Controller<usize>,
    calls: Vec<Call>,
    /// The timer of the first call in the queue.
    timer: Option<Duration>,
    random: Rng,
}

#[derive(Clone, Copy, Debug, Default)]
struct Call {
    began: Duration,
    sent: Option<Sent>,
}

impl Ours {
    pub(super) fn new(tuning: Tuning, callers: usize, random: Rng) -> Self {
        let controller = Controller::tuned(Limits::default(), tuning);
        Self { controller, calls: vec![Call::default(); callers], timer: None, random }
    }

    fn enter(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        match self.controller.enter(now) {
            Some(sent) => self.send(caller, sent, actions),
            None => {
                self.controller.join(self.calls[caller].began, caller);
            }
        }
    }

    fn send(&mut self, caller: usize, sent: Sent, actions: &mut Vec<Action>) {
        self.calls[caller].sent = Some(sent);
        actions.push(Action::Send(caller));
    }

    /// Sends calls from the front of the queue as long as the controller allows.
    fn advance(&mut self, now: Duration, actions: &mut Vec<Action>) {
        while let Some((ticket, caller)) = self.controller.first() {
            let caller = *caller;
            match self.controller.turn(ticket, now) {
                Turn::Go(sent) => self.send(caller, sent, actions),
                Turn::At(at) => {
                    if self.timer.is_none_or(|timer| timer <= now || timer > at) {
                        self.timer = Some(at);
                        actions.push(Action::Wake(caller, timer(at)));
                    }
                    return;
                }
                Turn::Wait => return,
            }
        }
    }
}

impl Algorithm for Ours {
    fn begin(&mut self, caller: usize, now: Duration, actions: &mut Vec<Action>) {
        self.calls[caller].began = now;
        self.enter(caller, now, actions);
        self.advance(now, actions);
    }

    fn wake(&mut self, _: usize, now: Duration, actions: &mut Vec<Action>) {
        self.advance(now, actions);
    }

    fn answered(&mut self, caller: usize, now: Duration, answer: Answer, actions: &mut Vec<Action>) {
        let sent = self.calls[caller].sent.take().expect("only what was sent is answered");
        let end = match answer {
            Answer::Accepted => End::Accepted,
            Answer::Refused { retry_after } => End::Refused { retry_after },
        };
        self.controller.ended(sent, now, end, self.random.f64());
        if answer != Answer::Accepted {
            self.enter(caller, now, actions);
        }
        self.advance(now, actions);
    }
}

/// The time at which a timer of tokio fires: rounded up to a millisecond.
fn timer(at: Duration) -> Duration {
    let milliseconds = at.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}
