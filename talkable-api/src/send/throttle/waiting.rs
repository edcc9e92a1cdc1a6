//! A call in the queue of a throttle: it sleeps until its turn, or its deadline, or another call's end wakes it; and it looks now
//! and then whether those in front of it take theirs.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

use super::controller::Controller;
use super::{Permit, Throttle, Ticket, TooLate, Turn, Waiter, next};

/// How long a call lets those in front of it go first, for each of them. Who is in front may be a future that nobody polls, as in
/// a buffered stream whose consumer awaits another call; it must not hold up all that come after it.
const COURTESY: Duration = Duration::from_millis(20);

/// What is told to those who can't be in time, although nobody knows when they could have been.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// A place in the queue, which is given back when it is dropped.
pub(super) struct Place<'a> {
    throttle: &'a Throttle,
    ticket: Option<Ticket>,
    end: Instant,
    /// The number of a request that nobody in front has sent yet, although it may be sent, and since when that was seen.
    untaken: Option<(u64, Duration)>,
}

/// What a call in the queue is told.
enum Answer<'a> {
    Go(Permit<'a>),
    AskAt(Instant),
}

impl<'a> Place<'a> {
    pub(super) async fn take(throttle: &'a Throttle, began: Instant, end: Instant) -> Result<Permit<'a>, TooLate> {
        let waiter = Waiter { waker: None, end: throttle.time(end) };
        let ticket = throttle.lock().join(throttle.time(began), waiter);
        let mut place = Place { throttle, ticket: Some(ticket), end, untaken: None };
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
            let wake = match self.ask(context, ticket, Instant::now()) {
                Ok(Answer::Go(permit)) => return Poll::Ready(Ok(permit)),
                Ok(Answer::AskAt(at)) => self.end.min(at),
                Err(too_late) => return Poll::Ready(Err(too_late)),
            };
            if sleep.deadline() != wake {
                sleep.as_mut().reset(wake);
            }
            std::task::ready!(sleep.as_mut().poll(context));
        }
    }

    /// Asks whose turn it is, and wakes whom that concerns.
    fn ask(&mut self, context: &Context<'_>, ticket: Ticket, now: Instant) -> Result<Answer<'a>, TooLate> {
        let mut controller = self.throttle.lock();
        if controller.waiter(ticket).is_none() {
            controller.rejoin(ticket, Waiter { waker: None, end: self.throttle.time(self.end) });
        }
        // Those who are polled after all come back to the places that they had.
        let mut woken = self.pass_over(&mut controller, ticket, self.throttle.time(now));
        let answer = self.turn(&mut controller, ticket, now);
        match &answer {
            Ok(Answer::Go(_)) => woken.extend(next(&mut controller)),
            Ok(Answer::AskAt(_)) => {
                if let Some(waiter) = controller.waiter(ticket) {
                    waiter.waker = Some(context.waker().clone());
                }
            }
            Err(_) => {}
        }
        drop(controller);
        woken.into_iter().for_each(Waker::wake);
        answer
    }

    /// Takes those in front out of the queue if none of them has sent what all of them could.
    fn pass_over(&mut self, controller: &mut Controller<Waiter>, ticket: Ticket, time: Duration) -> Vec<Waker> {
        let offered = controller.offer(time).map(|sent| sent.number);
        match (self.untaken, offered) {
            (Some((number, since)), Some(offered)) if number == offered => {
                if time.saturating_sub(since) >= courtesy(controller.place(ticket)) {
                    return controller.pass_over(ticket).filter_map(|waiter| waiter.waker).collect();
                }
            }
            _ => self.untaken = offered.map(|number| (number, time)),
        }
        Vec::new()
    }

    fn turn(
        &mut self,
        controller: &mut Controller<Waiter>,
        ticket: Ticket,
        now: Instant,
    ) -> Result<Answer<'a>, TooLate> {
        let time = self.throttle.time(now);
        let foreseen = controller.foreseen(ticket, time);
        let (wait, left) = (foreseen.saturating_sub(time), self.end.saturating_duration_since(now));
        // Even if it might go now: whoever comes to the gate too late has been left alone for long.
        if left.is_zero() || wait >= left {
            return Err(TooLate(if wait.is_zero() { SHORTEST_WAIT } else { wait }));
        }
        let ask_at = match controller.turn(ticket, time) {
            Turn::Go(sent) => {
                self.ticket = None;
                return Ok(Answer::Go(Permit { throttle: self.throttle, at: now, sent: Some(sent) }));
            }
            Turn::At(opens) => opens,
            Turn::Wait => foreseen + courtesy(controller.place(ticket) + 1),
        };
        Ok(Answer::AskAt(self.throttle.origin + ask_at))
    }
}

/// How long those in front may take before they are passed over.
fn courtesy(place: usize) -> Duration {
    COURTESY.saturating_mul(u32::try_from(place).unwrap_or(u32::MAX))
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.throttle.leave(ticket);
        }
    }
}
