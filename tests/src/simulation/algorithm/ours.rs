//! The throttle of `talkable-api`. The simulation drives the controller in the same way as the crate's futures do.

use std::time::Duration;

use fastrand::Rng;
use talkable_api::__private::throttle::controller::{Controller, End, Sent, Turn};
use talkable_api::__private::throttle::member::{Completion, Step};
use talkable_api::__private::throttle::{Limits, Tuning};

use super::{Algorithm, Decision, SiteResponse};

/// A controller and the state of its calls.
pub(super) struct Ours {
    controller: Controller<usize>,
    calls: Vec<Call>,
    /// The time at which the timer for the first call in the queue fires, if it is set.
    timer: Option<Duration>,
    random: Rng,
}

#[derive(Clone, Copy, Debug, Default)]
struct Call {
    began: Duration,
    sent: Option<Sent>,
}

impl Ours {
    pub(super) fn new(tuning: Tuning, callers: usize, is_shared: bool, mut random: Rng) -> Self {
        let limits = Limits::default();
        let controller = if is_shared {
            Controller::in_fleet(limits, tuning, random.u64(..))
        } else {
            Controller::tuned(limits, tuning)
        };
        Self { controller, calls: vec![Call::default(); callers], timer: None, random }
    }

    fn enter(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        match self.controller.enter(now) {
            Some(sent) => self.send(caller, sent, decisions),
            None => {
                self.controller.join(self.calls[caller].began, caller);
            }
        }
    }

    fn send(&mut self, caller: usize, sent: Sent, decisions: &mut Vec<Decision>) {
        self.calls[caller].sent = Some(sent);
        decisions.push(Decision::Send(caller));
    }

    /// Sends calls from the front of the queue while the controller allows it.
    fn advance(&mut self, now: Duration, decisions: &mut Vec<Decision>) {
        while let Some((ticket, caller)) = self.controller.first() {
            let caller = *caller;
            match self.controller.turn(ticket, now) {
                Turn::Go(sent) => self.send(caller, sent, decisions),
                Turn::At(at) => {
                    if self.timer.is_none_or(|timer| timer <= now || timer > at) {
                        self.timer = Some(at);
                        decisions.push(Decision::Wake(caller, timer(at)));
                    }
                    return;
                }
                Turn::Wait => return,
            }
        }
    }
}

impl Algorithm for Ours {
    fn begin(&mut self, caller: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.calls[caller].began = now;
        self.enter(caller, now, decisions);
        self.advance(now, decisions);
    }

    fn wake(&mut self, _: usize, now: Duration, decisions: &mut Vec<Decision>) {
        self.advance(now, decisions);
    }

    fn on_response(&mut self, caller: usize, now: Duration, response: SiteResponse, decisions: &mut Vec<Decision>) {
        let sent = self.calls[caller].sent.take().expect("a response follows a request");
        let end = match response {
            SiteResponse::Accepted => End::Accepted,
            SiteResponse::Throttled { retry_after } => End::Refused { retry_after },
        };
        self.controller.ended(sent, now, end, self.random.f64());
        if response != SiteResponse::Accepted {
            self.enter(caller, now, decisions);
        }
        self.advance(now, decisions);
    }

    fn step(&mut self, now: Duration) -> Step {
        self.controller.step(now)
    }

    fn complete(&mut self, now: Duration, completion: Completion, decisions: &mut Vec<Decision>) {
        self.controller.complete(now, completion, self.random.f64());
        self.advance(now, decisions);
    }
}

/// Rounds up to a whole millisecond, as tokio timers do.
fn timer(at: Duration) -> Duration {
    let milliseconds = at.as_nanos().div_ceil(1_000_000);
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
}
