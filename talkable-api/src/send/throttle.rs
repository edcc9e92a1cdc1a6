//! The throttle of one client and site, which delays calls after a 429.
//!
//! Calls pass without delay until the API refuses one. From then on, the throttle learns the rate limit and grants slots to
//! the oldest calls first. [`controller`] makes the decisions, without a clock; this module adds the lock and the waiting.

pub mod controller;
mod limits;
mod pace;
mod queue;
mod rate;
mod tuning;
mod waiting;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use self::controller::{Controller, End, Sent, Turn};
pub use self::limits::{Limits, ThrottleStatus};
use self::queue::Ticket;
pub use self::tuning::Tuning;
use self::waiting::QueuedCall;

/// The throttle of one client and site.
#[derive(Debug)]
pub struct Throttle {
    /// The zero of the controller's time.
    origin: Instant,
    is_on: bool,
    controller: Mutex<Controller<Waiter>>,
}

/// A call in the queue.
#[derive(Debug)]
struct Waiter {
    /// `None` after it has been used.
    waker: Option<Waker>,
    /// The end of the wait, as a time of the controller.
    end: Duration,
}

/// A slot: permission to send one request. Dropping it reports that the outcome is unknown.
#[derive(Debug)]
pub struct Permit<'a> {
    throttle: &'a Throttle,
    at: Instant,
    /// `None` for a call that bypasses the throttle, and after the end was reported.
    sent: Option<Sent>,
}

/// The call can't be sent in time. The field is the shortest time until the next slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate(pub Duration);

impl Throttle {
    /// Creates a throttle that has not learned a limit yet.
    pub fn new(limits: Limits) -> Self {
        Self { origin: Instant::now(), is_on: limits.enabled, controller: Mutex::new(Controller::new(limits)) }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Returns a permit without waiting, which the controller does not count.
    pub(crate) fn bypass(&self) -> Permit<'_> {
        Permit { throttle: self, at: Instant::now(), sent: None }
    }

    /// Waits for a slot. Of the waiting calls, the one with the earliest `began` is first.
    ///
    /// # Errors
    ///
    /// [`TooLate`] as soon as no slot can be free before `end`.
    pub async fn enter(&self, began: Instant, end: Instant) -> Result<Permit<'_>, TooLate> {
        let at = Instant::now();
        // A separate statement, because a `match` would hold the lock until its end.
        let entered = self.lock().enter(self.time(at));
        match entered {
            Some(sent) => Ok(Permit { throttle: self, at, sent: Some(sent) }),
            None => QueuedCall::wait(self, began, end).await,
        }
    }

    pub(crate) fn status(&self) -> ThrottleStatus {
        self.lock().status(self.time(Instant::now()))
    }

    fn ended(&self, sent: Sent, end: End, random: f64) {
        let now = self.time(Instant::now());
        let mut controller = self.lock();
        controller.ended(sent, now, end, random);
        let first = first_waker(&mut controller);
        let late = if matches!(end, End::Refused { .. }) { late_wakers(&mut controller, now) } else { Vec::new() };
        // Woken calls take the lock.
        drop(controller);
        first.into_iter().chain(late).for_each(Waker::wake);
    }

    fn leave(&self, ticket: Ticket) {
        let mut controller = self.lock();
        controller.queue.leave(ticket);
        let first = first_waker(&mut controller);
        drop(controller);
        first.into_iter().for_each(Waker::wake);
    }

    fn time(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }

    fn lock(&self) -> MutexGuard<'_, Controller<Waiter>> {
        // No code under the lock can panic in the middle of a change.
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Permit<'_> {
    /// The time of sending.
    pub(crate) fn sent(&self) -> Instant {
        self.at
    }

    /// Reports the end of the request. `random` is from 0 to 1.
    pub fn ended(mut self, end: End, random: f64) {
        if let Some(sent) = self.sent.take() {
            self.throttle.ended(sent, end, random);
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if let Some(sent) = self.sent.take() {
            self.throttle.ended(sent, End::Lost, 0.0);
        }
    }
}

fn first_waker(controller: &mut Controller<Waiter>) -> Option<Waker> {
    let (ticket, _) = controller.first()?;
    controller.queue.get_mut(ticket)?.waker.take()
}

/// The wakers of the calls whose deadline is now before the next slot.
fn late_wakers(controller: &mut Controller<Waiter>, now: Duration) -> Vec<Waker> {
    let opens = controller.opens(now);
    controller.queue.iter_mut().filter(|waiter| waiter.end <= opens).filter_map(|waiter| waiter.waker.take()).collect()
}

#[cfg(test)]
mod tests;
