//! The throttle for one client and site, which limits the request rate after a 429.
//!
//! Until the first 429, the throttle limits only the number of requests in flight. After it, the throttle estimates the
//! rate limit of the API and grants slots at that rate, to the oldest call first. [`controller`] makes these decisions
//! and has no clock; this module adds the clock, the lock and the waiting.

pub mod controller;
mod fleet;
mod fleet_task;
mod limits;
pub mod member;
mod micros;
mod pace;
mod queue;
mod rate;
pub mod store;
mod tuning;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

use self::controller::{Controller, End, Sent, Turn};
use self::fleet_task::FleetTask;
pub use self::limits::{FleetStatus, Limits, ThrottleStatus};
use self::member::{Completion, Step};
use self::queue::Ticket;
use self::store::SharedStore;
pub use self::tuning::{FleetTuning, Tuning};
use self::waiting::QueuedCall;

/// The throttle for one client and site.
#[derive(Debug)]
pub struct Throttle {
    /// The instant at which the controller's time is zero.
    origin: Instant,
    is_on: bool,
    controller: Mutex<Controller<Waiter>>,
    /// The connection to the store of the fleet. `None` without a shared store.
    fleet_task: Option<FleetTask>,
}

/// A call in the queue.
#[derive(Debug)]
struct Waiter {
    /// The waker of the call. `None` before the first poll, and after the call has been woken.
    waker: Option<Waker>,
    /// The deadline for getting a slot, in the controller's time.
    end: Duration,
}

/// A slot: permission to send one request. Dropping it without calling [`ended`](Self::ended) reports [`End::Lost`].
#[derive(Debug)]
pub struct Permit<'a> {
    throttle: &'a Throttle,
    at: Instant,
    /// The request sent with this slot. `None` for a call that bypasses the throttle, and after the outcome has been
    /// reported.
    sent: Option<Sent>,
}

/// The error for a call that can't get a slot before its deadline. The field is the estimated wait for a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLate(pub Duration);

impl Throttle {
    /// Creates a throttle that has not learned a limit yet.
    pub fn new(limits: Limits) -> Self {
        let controller = Mutex::new(Controller::new(limits));
        Self { origin: Instant::now(), is_on: limits.enabled, controller, fleet_task: None }
    }

    /// Creates a throttle that shares its rate with all throttles that use the same key of the same store.
    pub fn shared(limits: Limits, store: Arc<dyn SharedStore>, key: String) -> Arc<Self> {
        let controller = Controller::in_fleet(limits, Tuning::default(), fastrand::u64(..));
        Arc::new_cyclic(|throttle| Self {
            controller: Mutex::new(controller),
            fleet_task: Some(FleetTask::new(store, key, Weak::clone(throttle))),
            ..Self::new(limits)
        })
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    /// Returns a permit at once, for a request that the controller does not count.
    pub(crate) fn bypass(&self) -> Permit<'_> {
        Permit { throttle: self, at: Instant::now(), sent: None }
    }

    /// Waits for a slot. If several calls wait, the one with the earliest `began` gets the next slot.
    ///
    /// # Errors
    ///
    /// [`TooLate`] as soon as it is clear that the call can't get a slot before `end`.
    pub async fn enter(&self, began: Instant, end: Instant) -> Result<Permit<'_>, TooLate> {
        let at = Instant::now();
        // This is a separate statement, because a `match` on the expression would hold the lock until the `match` ends.
        let entered = self.lock().enter(self.time(at));
        match entered {
            Some(sent) => {
                self.start_fleet_task();
                Ok(Permit { throttle: self, at, sent: Some(sent) })
            }
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
        let urgent_task = self.fleet_task.as_ref().filter(|_| controller.is_urgent());
        // Release the lock first, because woken calls take it.
        drop(controller);
        first.into_iter().for_each(Waker::wake);
        late.into_iter().for_each(Waker::wake);
        if let Some(task) = urgent_task {
            task.wake();
        }
    }

    fn start_fleet_task(&self) {
        if let Some(task) = &self.fleet_task {
            task.start();
        }
    }

    fn fleet_step(&self) -> Step {
        let now = self.time(Instant::now());
        let mut controller = self.lock();
        let step = controller.step(now);
        let first = first_waker(&mut controller);
        drop(controller);
        first.into_iter().for_each(Waker::wake);
        step
    }

    fn fleet_complete(&self, completion: Completion) {
        let now = self.time(Instant::now());
        let mut controller = self.lock();
        controller.complete(now, completion, fastrand::f64());
        let first = first_waker(&mut controller);
        let late = late_wakers(&mut controller, now);
        drop(controller);
        first.into_iter().for_each(Waker::wake);
        late.into_iter().for_each(Waker::wake);
    }

    fn fleet_is_idle(&self) -> bool {
        self.lock().is_idle()
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
        // A poisoned lock is safe to use, because no code that holds it can panic halfway through a change.
        self.controller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Permit<'_> {
    /// The time at which the permit was granted and the request is sent.
    pub(crate) fn sent(&self) -> Instant {
        self.at
    }

    /// Reports the outcome of the request. `random` is between 0 and 1.
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

/// Takes the wakers of the calls that can no longer get a slot before their deadline.
fn late_wakers(controller: &mut Controller<Waiter>, now: Duration) -> Vec<Waker> {
    let opens = controller.opens(now);
    controller.queue.iter_mut().filter(|waiter| waiter.end <= opens).filter_map(|waiter| waiter.waker.take()).collect()
}

#[cfg(test)]
mod tests;
