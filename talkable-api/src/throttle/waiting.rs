//! A call in the queue of a throttle: it sleeps until its turn, or its deadline, or another call's end wakes it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::{Permit, Throttle, Ticket, TooLate, Turn, Waiter, next};

/// A place in the queue, which is given back when it is dropped.
pub(super) struct Place<'a> {
    throttle: &'a Throttle,
    ticket: Option<Ticket>,
    end: Instant,
}

impl<'a> Place<'a> {
    pub(super) async fn take(throttle: &'a Throttle, began: Instant, end: Instant) -> Result<Permit<'a>, TooLate> {
        let waiter = Waiter { waker: None, end: throttle.time(end) };
        let ticket = throttle.lock().join(throttle.time(began), waiter);
        let mut place = Place { throttle, ticket: Some(ticket), end };
        let mut sleep = pin!(sleep_until(end));
        poll_fn(|context| place.poll(context, sleep.as_mut(), ticket)).await
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
        mut sleep: Pin<&mut Sleep>,
        ticket: Ticket,
    ) -> Poll<Result<Permit<'a>, TooLate>> {
        loop {
            let now = Instant::now();
            let wake = match self.turn(context, ticket, now) {
                Ok(Turn::Go(sent)) => {
                    return Poll::Ready(Ok(Permit { throttle: self.throttle, at: now, sent: Some(sent) }));
                }
                Ok(Turn::At(opens)) => self.end.min(self.throttle.origin + opens),
                Ok(Turn::Wait) => self.end,
                Err(too_late) => return Poll::Ready(Err(too_late)),
            };
            if sleep.deadline() != wake {
                sleep.as_mut().reset(wake);
            }
            std::task::ready!(sleep.as_mut().poll(context));
        }
    }

    /// Asks whose turn it is, and leaves word by what this call is woken.
    fn turn(&mut self, context: &Context<'_>, ticket: Ticket, now: Instant) -> Result<Turn, TooLate> {
        let time = self.throttle.time(now);
        let mut controller = self.throttle.lock();
        let turn = controller.turn(ticket, time);
        if let Turn::Go(_) = turn {
            self.ticket = None;
            let first = next(&mut controller);
            drop(controller);
            first.into_iter().for_each(std::task::Waker::wake);
            return Ok(turn);
        }
        let wait = controller.foreseen(ticket, time).saturating_sub(time);
        let left = self.end.saturating_duration_since(now);
        if left.is_zero() || wait >= left {
            return Err(TooLate(wait.max(Duration::from_millis(1))));
        }
        if let Some(waiter) = controller.waiter(ticket) {
            waiter.waker = Some(context.waker().clone());
        }
        Ok(turn)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.throttle.leave(ticket);
        }
    }
}
