//! The calls that wait for leave to be sent, in the order in which they began.
//!
//! A call that was refused comes back to the place that its age gives it, in front of those that began later. So no call
//! starves, and the slowest is hardly slower than the rest.

use std::collections::VecDeque;
use std::time::Duration;

/// A place in the queue: who began earlier is earlier, and among equals who came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    began: Duration,
    number: u64,
}

/// What waits, sorted by ticket. Almost every call joins at the back and leaves at the front, and nothing is allocated
/// until the first one waits.
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

    /// Gives a call that was passed over its old place.
    pub(super) fn rejoin(&mut self, ticket: Ticket, waiter: W) {
        let place = self.place(ticket);
        self.waiting.insert(place, (ticket, waiter));
    }

    /// Takes out all who stand in front of a ticket.
    pub(super) fn pass_over(&mut self, ticket: Ticket) -> impl Iterator<Item = W> {
        let place = self.place(ticket);
        self.waiting.drain(..place).map(|(_, waiter)| waiter)
    }

    /// Takes a call out, wherever it stands.
    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let place = self.place(ticket);
        if self.waiting.get(place).is_none_or(|(other, _)| *other != ticket) {
            return None;
        }
        self.waiting.remove(place).map(|(_, waiter)| waiter)
    }

    /// How many wait in front of a ticket.
    pub(super) fn place(&self, ticket: Ticket) -> usize {
        self.waiting.partition_point(|(other, _)| *other < ticket)
    }

    pub(super) fn first(&self) -> Option<&(Ticket, W)> {
        self.waiting.front()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (Ticket, &mut W)> {
        self.waiting.iter_mut().map(|(ticket, waiter)| (*ticket, waiter))
    }

    pub(super) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut W> {
        let place = self.place(ticket);
        self.waiting.get_mut(place).filter(|(other, _)| *other == ticket).map(|(_, waiter)| waiter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_decides_and_among_equals_who_came_first() {
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
    fn nothing_is_allocated_until_somebody_waits() {
        assert_eq!(Queue::<u8>::new().waiting.capacity(), 0);
    }
}
