//! The queue of calls that wait for a slot, ordered by the time at which they began.
//!
//! A call that was refused rejoins the queue ahead of all calls that began later, so no call starves.

use std::collections::VecDeque;
use std::time::Duration;

/// The sort key of a queued call: the time at which it began, then the order of joining.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    began: Duration,
    number: u64,
}

/// The waiting calls, sorted by ticket.
///
/// Most calls join at the back and leave at the front. An unused queue allocates no memory.
#[derive(Debug)]
pub(super) struct Queue<W> {
    waiting: VecDeque<(Ticket, W)>,
    issued: u64,
}

impl<W> Queue<W> {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::new(), issued: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn join(&mut self, began: Duration, waiter: W) -> Ticket {
        let ticket = Ticket { began, number: self.issued };
        self.issued += 1;
        self.rejoin(ticket, waiter);
        ticket
    }

    /// Inserts a call with a ticket issued earlier. This puts a call that was passed over back in its former position.
    pub(super) fn rejoin(&mut self, ticket: Ticket, waiter: W) {
        let position = self.position(ticket);
        self.waiting.insert(position, (ticket, waiter));
    }

    /// Removes and returns all calls ahead of a ticket.
    pub(super) fn pass_over(&mut self, ticket: Ticket) -> impl Iterator<Item = W> {
        let position = self.position(ticket);
        self.waiting.drain(..position).map(|(_, waiter)| waiter)
    }

    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let position = self.position(ticket);
        if self.waiting.get(position).is_none_or(|(other, _)| *other != ticket) {
            return None;
        }
        self.waiting.remove(position).map(|(_, waiter)| waiter)
    }

    /// The number of calls ahead of a ticket.
    pub(super) fn position(&self, ticket: Ticket) -> usize {
        self.waiting.partition_point(|(other, _)| *other < ticket)
    }

    pub(super) fn first(&self) -> Option<&(Ticket, W)> {
        self.waiting.front()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut W> {
        self.waiting.iter_mut().map(|(_, waiter)| waiter)
    }

    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut W> {
        let position = self.position(ticket);
        self.waiting.get_mut(position).filter(|(other, _)| *other == ticket).map(|(_, waiter)| waiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_calls_by_age_and_then_by_arrival() {
        let mut queue = Queue::new();
        for (seconds, name) in [(2, "c"), (1, "a"), (3, "e"), (1, "b"), (2, "d")] {
            queue.join(Duration::from_secs(seconds), name);
        }
        let mut order = Vec::new();
        while let Some((ticket, _)) = queue.first() {
            let ticket = *ticket;
            order.extend(queue.leave(ticket));
            assert_eq!(queue.leave(ticket), None);
        }
        assert_eq!((order, queue.is_empty()), (vec!["a", "b", "c", "d", "e"], true));
    }

    #[test]
    fn an_unused_queue_allocates_nothing() {
        assert_eq!(Queue::<u8>::new().waiting.capacity(), 0);
    }
}
