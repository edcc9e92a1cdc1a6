//! How the calls of one site slow down together when the API says 429.
//!
//! All calls of a client and site pass through one gate. It lets everybody through until the API refuses one; from then
//! on it learns the rate that the API allows and hands out the slots to the call that began first. The decisions are made
//! in [`controller`], which knows no clock; here are the lock around it and the calls that wait.
//!
//! ```
//! # use talkable_api::Client;
//! let client = Client::new("a-key-of-your-site", "my-store")?;
//! let same = client.clone();                  // slows down together with `client`
//! let other = client.for_site("my-store-eu"); // has a gate of its own
//! # Ok::<(), talkable_api::Error>(())
//! ```

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
use self::waiting::Place;

/// The gate of one client and site.
#[derive(Debug)]
pub struct Throttle {
    /// The controller counts time from here.
    origin: Instant,
    is_on: bool,
    controller: Mutex<Controller<Waiter>>,
}

/// A call that waits in the queue.
#[derive(Debug)]
struct Waiter {
    /// What wakes it, unless that was used up.
    waker: Option<Waker>,
    /// When its own deadline is.
    end: Duration,
}

/// Leave to send one request. Dropping it tells the gate that nothing is known of the outcome.
#[derive(Debug)]
pub struct Permit<'a> {
    throttle: &'a Throttle,
    at: Instant,
    /// What the controller knows it by, as long as it is to be told.
    sent: Option<Sent>,
}

/// The gate would open too late, and this is how long it takes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate(pub Duration);

impl Throttle {
    /// A gate that knows nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self { origin: Instant::now(), is_on: limits.enabled, controller: Mutex::new(Controller::new(limits)) }
    }

    /// Whether calls are held back and repeated at all.
    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Leave to send that is neither waited for nor counted.
    pub(crate) fn bypass(&self) -> Permit<'_> {
        Permit { throttle: self, at: Instant::now(), sent: None }
    }

    /// Waits for leave to send, or gives up as soon as it can't come before `end`. Whoever `began` earlier is first.
    ///
    /// # Errors
    ///
    /// [`TooLate`], with the time that it would have taken.
    pub async fn enter(&self, began: Instant, end: Instant) -> Result<Permit<'_>, TooLate> {
        let at = Instant::now();
        // Not in the match itself, where the lock would be held until its end.
        let entered = self.lock().enter(self.time(at));
        match entered {
            Some(sent) => Ok(Permit { throttle: self, at, sent: Some(sent) }),
            None => Place::take(self, began, end).await,
        }
    }

    pub(crate) fn status(&self) -> ThrottleStatus {
        self.lock().status(self.time(Instant::now()))
    }

    fn ended(&self, sent: Sent, end: End, random: f64) {
        let now = self.time(Instant::now());
        let mut controller = self.lock();
        controller.ended(sent, now, end, random);
        let first = next(&mut controller);
        let late = if matches!(end, End::Refused { .. }) { hopeless(&mut controller, now) } else { Vec::new() };
        drop(controller);
        // Whoever is woken wants the lock.
        first.into_iter().chain(late).for_each(Waker::wake);
    }

    fn leave(&self, ticket: Ticket) {
        let mut controller = self.lock();
        controller.leave(ticket);
        let first = next(&mut controller);
        drop(controller);
        first.into_iter().for_each(Waker::wake);
    }

    fn time(&self, instant: Instant) -> Duration {
        instant.saturating_duration_since(self.origin)
    }

    fn lock(&self) -> MutexGuard<'_, Controller<Waiter>> {
        // No code under the lock panics half-way through a change, so a poisoned state is as good as any.
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Permit<'_> {
    /// When the request was sent.
    pub(crate) fn sent(&self) -> Instant {
        self.at
    }

    /// Takes note of the answer.
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

/// What wakes the call whose turn is next.
fn next(controller: &mut Controller<Waiter>) -> Option<Waker> {
    let (ticket, _) = controller.first()?;
    controller.waiter(ticket)?.waker.take()
}

/// What wakes the calls that learn by it that their time won't come.
fn hopeless(controller: &mut Controller<Waiter>, now: Duration) -> Vec<Waker> {
    let opens = controller.opens(now);
    let late = controller.waiters().filter(|(_, waiter)| waiter.end <= opens);
    late.filter_map(|(_, waiter)| waiter.waker.take()).collect()
}

#[cfg(test)]
mod tests;
