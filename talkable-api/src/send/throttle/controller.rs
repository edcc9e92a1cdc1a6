//! Who sends next, and when: the pace and the queue in one, without a clock, a lock or a runtime.
//!
//! Times are durations since the throttle was made, and randomness is an argument. The benchmark drives this very code on
//! a virtual clock.

use std::time::Duration;

use super::limits::{Limits, ThrottleStatus};
use super::pace::Pace;
use super::queue::{Queue, Ticket};
use super::tuning::Tuning;

/// What a call that wants to be sent is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is under way, and its end must be reported with this.
    Go(Sent),
    /// It may ask again at that time; or earlier, when another call ends.
    At(Duration),
    /// Others are in front of it.
    Wait,
}

/// A request that was sent: when, and as which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub(super) at: Duration,
    pub(super) number: u64,
}

/// How a call that was under way ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// There was an answer other than 429.
    Accepted,
    /// There was a 429, perhaps with the time that the server asks for.
    Refused {
        /// What `Retry-After` says.
        retry_after: Option<Duration>,
    },
    /// There was no answer, or nobody waits for it any more.
    Lost,
}

/// The throttle of one client and site, with something in the queue by which a waiting call can be woken.
#[derive(Debug)]
pub struct Controller<W> {
    pace: Pace,
    queue: Queue<W>,
}

impl<W> Controller<W> {
    /// A controller that knows nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self::tuned(limits, Tuning::default())
    }

    /// The same with other numbers, which only a comparison wants.
    pub fn tuned(limits: Limits, tuning: Tuning) -> Self {
        Self { pace: Pace::new(limits, tuning), queue: Queue::new() }
    }

    /// Sends a call at once if that is allowed and nobody waits.
    pub fn enter(&mut self, now: Duration) -> Option<Sent> {
        match self.pace.turn(now) {
            Turn::Go(sent) if self.queue.is_empty() => {
                self.pace.sent(now);
                Some(sent)
            }
            _ => None,
        }
    }

    /// Puts a call into the queue, by the time at which it began.
    pub fn join(&mut self, began: Duration, waiter: W) -> Ticket {
        self.queue.join(began, waiter)
    }

    /// Asks for a call in the queue. If it goes, it has left the queue.
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

    /// The request that could be sent now, by whoever is first in the queue.
    pub fn offer(&self, now: Duration) -> Option<Sent> {
        match self.pace.turn(now) {
            Turn::Go(sent) => Some(sent),
            Turn::At(_) | Turn::Wait => None,
        }
    }

    /// Takes out all who stand in front of a call and don't take what they are offered.
    pub fn pass_over(&mut self, ticket: Ticket) -> impl Iterator<Item = W> {
        self.queue.pass_over(ticket)
    }

    /// Gives a call that was passed over its old place again.
    pub fn rejoin(&mut self, ticket: Ticket, waiter: W) {
        self.queue.rejoin(ticket, waiter);
    }

    /// How many stand in front of a call.
    pub fn place(&self, ticket: Ticket) -> usize {
        self.queue.place(ticket)
    }

    /// Takes a call out of the queue.
    pub fn leave(&mut self, ticket: Ticket) -> Option<W> {
        self.queue.leave(ticket)
    }

    /// The call whose turn is next.
    pub fn first(&self) -> Option<(Ticket, &W)> {
        self.queue.first().map(|(ticket, waiter)| (*ticket, waiter))
    }

    /// Takes note of the end of a call.
    ///
    /// `random`, from 0 to 1, keeps several clients of one site from moving in step.
    pub fn ended(&mut self, sent: Sent, now: Duration, end: End, random: f64) {
        match end {
            End::Accepted => self.pace.accepted(sent, now, !self.queue.is_empty()),
            End::Refused { retry_after } => self.pace.refused(sent, now, retry_after, random),
            End::Lost => self.pace.lost(sent, now),
        }
    }

    /// The earliest time at which a call in the queue can be sent, as far as can be foreseen.
    pub fn foreseen(&self, ticket: Ticket, now: Duration) -> Duration {
        self.pace.foreseen(self.queue.place(ticket), now)
    }

    /// When the gate is open at the earliest.
    pub fn opens(&self, now: Duration) -> Duration {
        self.pace.foreseen(0, now)
    }

    /// Everything in the queue.
    pub fn waiters(&mut self) -> impl Iterator<Item = (Ticket, &mut W)> {
        self.queue.iter_mut()
    }

    /// What stands in the queue for a call.
    pub fn waiter(&mut self, ticket: Ticket) -> Option<&mut W> {
        self.queue.get_mut(ticket)
    }

    /// How things stand.
    pub fn status(&self, now: Duration) -> ThrottleStatus {
        ThrottleStatus { waiting: self.queue.len(), ..self.pace.status(now) }
    }
}

#[cfg(test)]
mod tests;
