//! The decisions of the throttle: the pace and the queue, without a clock, a lock or a runtime.
//!
//! Times are durations since the throttle was created, and randomness is an argument, so that the benchmark can run this code
//! on a virtual clock.

use std::time::Duration;

use super::limits::{Limits, ThrottleStatus};
use super::pace::Pace;
use super::queue::{Queue, Ticket};
use super::tuning::Tuning;

/// The decision about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Send it now, and report its end with this value.
    Go(Sent),
    /// Ask again at this time, or earlier if another call ends.
    At(Duration),
    /// Wait for the calls in front of it.
    Wait,
}

/// The time and the number of a request that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    pub(super) at: Duration,
    pub(super) number: u64,
}

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// A response other than a 429.
    Accepted,
    /// A 429.
    Refused {
        /// The pause that the server asks for.
        retry_after: Option<Duration>,
    },
    /// No response, or a cancelled call.
    Lost,
}

/// The throttle of one client and site. `W` is stored in the queue for each waiting call.
#[derive(Debug)]
pub struct Controller<W> {
    pace: Pace,
    pub(super) queue: Queue<W>,
}

impl<W> Controller<W> {
    /// Creates a controller that has not learned a limit yet.
    pub fn new(limits: Limits) -> Self {
        Self::tuned(limits, Tuning::default())
    }

    /// Creates a controller with other constants, for the benchmark.
    pub fn tuned(limits: Limits, tuning: Tuning) -> Self {
        Self { pace: Pace::new(limits, tuning), queue: Queue::new() }
    }

    /// Sends a call at once if a slot is free and no other call waits.
    pub fn enter(&mut self, now: Duration) -> Option<Sent> {
        let sent = self.offer(now).filter(|_| self.queue.is_empty())?;
        self.pace.sent(now);
        Some(sent)
    }

    /// Puts a call into the queue, by the time at which it began.
    pub fn join(&mut self, began: Duration, waiter: W) -> Ticket {
        self.queue.join(began, waiter)
    }

    /// Decides about a call in the queue, and removes it from the queue if it is sent.
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

    /// The free slot, if there is one.
    pub(super) fn offer(&self, now: Duration) -> Option<Sent> {
        match self.pace.turn(now) {
            Turn::Go(sent) => Some(sent),
            Turn::At(_) | Turn::Wait => None,
        }
    }

    /// The first call in the queue.
    pub fn first(&self) -> Option<(Ticket, &W)> {
        self.queue.first().map(|(ticket, waiter)| (*ticket, waiter))
    }

    /// Reports the end of a request. `random`, from 0 to 1, keeps several clients of one site out of step.
    pub fn ended(&mut self, sent: Sent, now: Duration, end: End, random: f64) {
        match end {
            End::Accepted => self.pace.accepted(sent, now, !self.queue.is_empty()),
            End::Refused { retry_after } => self.pace.refused(sent, now, retry_after, random),
            End::Lost => self.pace.lost(sent, now),
        }
    }

    /// A lower bound of the time at which a call in the queue can be sent.
    pub(super) fn foreseen(&self, ticket: Ticket, now: Duration) -> Duration {
        self.pace.foreseen(self.queue.place(ticket), now)
    }

    /// A lower bound of the time of the next slot.
    pub(super) fn opens(&self, now: Duration) -> Duration {
        self.pace.foreseen(0, now)
    }

    /// The current state.
    pub fn status(&self, now: Duration) -> ThrottleStatus {
        ThrottleStatus { waiting: self.queue.len(), ..self.pace.status(now) }
    }
}

#[cfg(test)]
mod tests;
