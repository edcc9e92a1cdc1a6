//! A call in the throttle's queue.
//!
//! A queued call sleeps until its turn or its deadline, or until another call wakes it. When it wakes, it passes over
//! the calls ahead of it if they have not used a free slot in time.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::controller::Controller;
use super::{Permit, Throttle, Ticket, TooLate, Turn, Waiter, first_waker};

/// How long a call can leave a free slot unused before the calls behind it may overtake it.
///
/// A call misses its slot if its future is not polled, for example in a buffered stream whose consumer awaits another
/// call.
const COURTESY: Duration = Duration::from_millis(20);

/// The wait reported in the error if a deadline passes while the time of the next slot is unknown.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// A call in the queue. Dropping it removes the call from the queue.
pub(super) struct QueuedCall<'a> {
    throttle: &'a Throttle,
    ticket: Ticket,
    is_sent: bool,
    end: Instant,
    /// The number of a free slot left unused by the calls ahead of this one, and the time at which this call found
    /// the slot. `None` if there is no such slot.
    unused: Option<(u64, Duration)>,
}

enum Decision<'a> {
    Send(Permit<'a>),
    AskAgainAt(Instant),
}

impl<'a> QueuedCall<'a> {
    pub(super) async fn wait(throttle: &'a Throttle, began: Instant, end: Instant) -> Result<Permit<'a>, TooLate> {
        let waiter = Waiter { waker: None, end: throttle.time(end) };
        let ticket = throttle.lock().join(throttle.time(began), waiter);
        throttle.start_fleet_task();
        let mut call = QueuedCall { throttle, ticket, is_sent: false, end, unused: None };
        let mut sleep = pin!(sleep_until(end));
        poll_fn(|context| call.poll(context, sleep.as_mut())).await
    }

    fn poll(&mut self, context: &mut Context<'_>, mut sleep: Pin<&mut Sleep>) -> Poll<Result<Permit<'a>, TooLate>> {
        loop {
            let wake = match self.ask(context, Instant::now()) {
                Ok(Decision::Send(permit)) => return Poll::Ready(Ok(permit)),
                Ok(Decision::AskAgainAt(at)) => self.end.min(at),
                Err(too_late) => return Poll::Ready(Err(too_late)),
            };
            if sleep.deadline() != wake {
                sleep.as_mut().reset(wake);
            }
            ready!(sleep.as_mut().poll(context));
        }
    }

    fn ask(&mut self, context: &Context<'_>, now: Instant) -> Result<Decision<'a>, TooLate> {
        let mut controller = self.throttle.lock();
        if controller.queue.get_mut(self.ticket).is_none() {
            // Another call has passed over this one, which therefore rejoins the queue.
            controller.queue.rejoin(self.ticket, Waiter { waker: None, end: self.throttle.time(self.end) });
        }
        let mut woken = self.pass_over(&mut controller, self.throttle.time(now));
        let decision = self.decide(&mut controller, now);
        match &decision {
            Ok(Decision::Send(_)) => woken.extend(first_waker(&mut controller)),
            Ok(Decision::AskAgainAt(_)) => {
                if let Some(waiter) = controller.queue.get_mut(self.ticket) {
                    waiter.waker = Some(context.waker().clone());
                }
            }
            Err(_) => {}
        }
        drop(controller);
        woken.into_iter().for_each(Waker::wake);
        decision
    }

    /// Removes the calls ahead of this one from the queue if they have not used a free slot in time.
    ///
    /// Returns the wakers of the removed calls, which rejoin the queue when they are polled.
    fn pass_over(&mut self, controller: &mut Controller<Waiter>, time: Duration) -> Vec<Waker> {
        let offered = controller.offer(time).map(|sent| sent.number);
        match (self.unused, offered) {
            (Some((number, since)), Some(offered)) if number == offered => {
                if time.saturating_sub(since) >= courtesy(controller.queue.position(self.ticket)) {
                    return controller.queue.pass_over(self.ticket).filter_map(|waiter| waiter.waker).collect();
                }
            }
            _ => self.unused = offered.map(|number| (number, time)),
        }
        Vec::new()
    }

    fn decide(&mut self, controller: &mut Controller<Waiter>, now: Instant) -> Result<Decision<'a>, TooLate> {
        let time = self.throttle.time(now);
        let foreseen = controller.foreseen(self.ticket, time);
        let (wait, left) = (foreseen.saturating_sub(time), self.end.saturating_duration_since(now));
        // A call that is polled after its deadline is not sent, even if a slot is free.
        if left.is_zero() || wait >= left {
            return Err(TooLate(if wait.is_zero() { SHORTEST_WAIT } else { wait }));
        }
        let ask_at = match controller.turn(self.ticket, time) {
            Turn::Go(sent) => {
                self.is_sent = true;
                return Ok(Decision::Send(Permit { throttle: self.throttle, at: now, sent: Some(sent) }));
            }
            Turn::At(opens) => opens,
            Turn::Wait => foreseen + courtesy(controller.queue.position(self.ticket) + 1),
        };
        Ok(Decision::AskAgainAt(self.throttle.origin + ask_at))
    }
}

/// How long a free slot is kept for the first `calls` calls in the queue.
fn courtesy(calls: usize) -> Duration {
    COURTESY.saturating_mul(u32::try_from(calls).unwrap_or(u32::MAX))
}

impl Drop for QueuedCall<'_> {
    fn drop(&mut self) {
        if !self.is_sent {
            self.throttle.leave(self.ticket);
        }
    }
}
