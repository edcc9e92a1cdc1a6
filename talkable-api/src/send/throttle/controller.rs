//! The throttle's decisions, made without a clock, a lock or a runtime.
//!
//! Time and randomness are arguments, so the benchmark can run this code on a virtual clock. All times are durations
//! since the creation of the throttle.

use std::time::Duration;

use super::fleet::Refusal;
use super::limits::{Limits, ThrottleStatus};
use super::member::{Completion, Load, Member, Step};
use super::pace::Pace;
use super::queue::{Queue, Ticket};
use super::tuning::Tuning;

/// The decision about whether a call can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send the request now, and pass this value to [`Controller::ended`] afterwards.
    Go(Sent),
    /// Ask again at this time, or earlier if another request completes.
    At(Duration),
    /// Wait for the calls ahead in the queue.
    Wait,
}

/// The number of a request, and the time at which it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub(super) at: Duration,
    pub(super) number: u64,
}

/// The outcome of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// A response with any status other than 429.
    Accepted,
    /// A response with status 429.
    Refused {
        /// The pause requested by the server, if there is one.
        retry_after: Option<Duration>,
    },
    /// No response: the request failed, or the call was canceled.
    Lost,
}

/// The throttling logic for one client and site. The queue stores a `W` for each waiting call.
#[derive(Debug)]
pub struct Controller<W> {
    pace: Pace,
    pub(super) queue: Queue<W>,
    /// The membership in a fleet. `None` without a shared store.
    member: Option<Box<Member>>,
    limits: Limits,
}

impl<W> Controller<W> {
    /// Creates a controller that has not learned a limit yet.
    pub fn new(limits: Limits) -> Self {
        Self::tuned(limits, Tuning::default())
    }

    /// Creates a controller with custom constants, for the benchmark.
    pub fn tuned(limits: Limits, tuning: Tuning) -> Self {
        Self { pace: Pace::new(limits, tuning), queue: Queue::new(), member: None, limits }
    }

    /// Creates a controller for a member of a fleet. `id` is a random number.
    pub fn in_fleet(limits: Limits, tuning: Tuning, id: u64) -> Self {
        let member = Some(Box::new(Member::new(id, limits, tuning)));
        let mut controller = Self { member, ..Self::tuned(limits, tuning) };
        // The fleet may be at its limit already.
        controller.pace.set_window(1);
        controller
    }

    /// Takes a slot if one is free and no call is waiting.
    pub fn enter(&mut self, now: Duration) -> Option<Sent> {
        let sent = self.offer(now).filter(|_| self.queue.is_empty())?;
        self.pace.sent(now);
        Some(sent)
    }

    /// Adds a call to the queue. Calls are ordered by the time at which they began.
    pub fn join(&mut self, began: Duration, waiter: W) -> Ticket {
        let ticket = self.queue.join(began, waiter);
        if let Some(member) = &mut self.member {
            member.has_waiting_calls();
        }
        ticket
    }

    /// Decides whether a queued call can be sent, and removes it from the queue if so.
    pub fn turn(&mut self, ticket: Ticket, now: Duration) -> Turn {
        if self.queue.first().is_none_or(|(first, _)| *first != ticket) {
            return Turn::Wait;
        }
        let turn = self.pace.turn(now);
        if let Turn::Go(_) = turn {
            self.queue.leave(ticket);
            self.pace.sent(now);
        }
        turn
    }

    /// Returns a free slot, if there is one.
    pub(super) fn offer(&self, now: Duration) -> Option<Sent> {
        match self.pace.turn(now) {
            Turn::Go(sent) => Some(sent),
            Turn::At(_) | Turn::Wait => None,
        }
    }

    /// The ticket and the waiter of the first call in the queue. `None` if the queue is empty.
    pub fn first(&self) -> Option<(Ticket, &W)> {
        self.queue.first().map(|(ticket, waiter)| (*ticket, waiter))
    }

    /// Reports the outcome of a request. `random`, between 0 and 1, adds jitter, so that several clients of a site do
    /// not send in lockstep.
    pub fn ended(&mut self, sent: Sent, now: Duration, end: End, random: f64) {
        match end {
            End::Accepted => {
                let was_probe = self.pace.accepted(sent, now, !self.queue.is_empty());
                if was_probe && let Some(member) = &mut self.member {
                    member.probe_succeeded();
                }
            }
            End::Refused { retry_after } => self.refused(sent, now, retry_after, random),
            End::Lost => self.pace.lost(sent, now),
        }
    }

    // Inlining this function would make the common case, a success, slower.
    #[cold]
    fn refused(&mut self, sent: Sent, now: Duration, retry_after: Option<Duration>, random: f64) {
        let is_stale = self.pace.is_stale(sent);
        let accepted = self.pace.counts().accepted_since_cut;
        self.pace.refused(sent, now, retry_after, random);
        if let Some(member) = self.member.as_mut().filter(|_| !is_stale) {
            let guess = self.pace.recent_rate(sent.at);
            member.refused(Refusal { sent: sent.at, retry_after, random, accepted, guess }, now);
        }
    }

    /// Decides which store operation to start, and when to ask again. Without a fleet, there is nothing to do.
    pub fn step(&mut self, now: Duration) -> Step {
        let load = self.load();
        let Some(member) = &mut self.member else { return Step::default() };
        let step = member.step(now, &load);
        self.give_up(now);
        step
    }

    /// Reports the result of a store operation. `random` is between 0 and 1.
    pub fn complete(&mut self, now: Duration, completion: Completion, random: f64) {
        let load = self.load();
        let Some(member) = &mut self.member else { return };
        if let Some(plan) = member.complete(now, &load, completion, random) {
            self.pace.adopt(&plan, now);
        } else if member.has_lost_store() {
            self.pace.go_solo();
        }
        self.give_up(now);
    }

    /// Uses the usual window if the state of the fleet is not available in time.
    fn give_up(&mut self, now: Duration) {
        if self.member.as_mut().is_some_and(|member| member.gives_up(now)) {
            self.pace.set_window(self.limits.initial_window);
        }
    }

    /// Whether [`step`](Self::step) should be called without delay.
    pub(super) fn is_urgent(&self) -> bool {
        self.member.as_ref().is_some_and(|member| member.is_urgent())
    }

    /// Whether there are no calls.
    pub(super) fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.pace.counts().in_flight == 0
    }

    fn load(&self) -> Load {
        Load { waiting: self.queue.len(), counts: self.pace.counts() }
    }

    /// A lower bound on the time at which a queued call can be sent.
    pub(super) fn foreseen(&self, ticket: Ticket, now: Duration) -> Duration {
        self.pace.foreseen(self.queue.position(ticket), now)
    }

    /// A lower bound on the time of the next slot.
    pub(super) fn opens(&self, now: Duration) -> Duration {
        self.pace.foreseen(0, now)
    }

    /// The current status.
    pub fn status(&self, now: Duration) -> ThrottleStatus {
        let fleet = self.member.as_ref().map(|member| member.status(now));
        ThrottleStatus { waiting: self.queue.len(), fleet, ..self.pace.status(now) }
    }
}

#[cfg(test)]
mod tests;
