//! What is under way, in order: some calls side by side, each in a task of its own, and their results one by one.
//!
//! Units are rows or chunks of them; nothing here knows which, nor what a call is.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinSet};

use crate::error::Error;

/// How many units there may be in memory, for each that may be under way. Those behind a slow one go on meanwhile.
const DEPTH: usize = 4;

pub(super) type Pending<R> = Pin<Box<dyn Future<Output = Result<R, Error>> + Send>>;

type Take<'a, U> = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<U>> + Send + 'a>;
type Begin<'a, U, R> = Box<dyn FnMut(&U) -> Pending<R> + Send + 'a>;
type Done<U, R> = (U, Result<R, Error>);

/// A stream of results. Dropping it ends the tasks.
pub(super) struct Queue<'a, U, R> {
    take: Take<'a, U>,
    begin: Begin<'a, U, R>,
    concurrency: usize,
    /// What is under way, and what has ended and wasn't seen yet, each with its number.
    tasks: JoinSet<(usize, Result<R, Error>)>,
    /// All units that have been taken, in order, with their results so far.
    slots: VecDeque<(U, Option<Result<R, Error>>)>,
    /// The number of the first slot. Numbers start over after the largest, long after the first of them are gone.
    first: usize,
    is_last: bool,
}

/// Units are moved out, never pinned.
impl<U, R> Unpin for Queue<'_, U, R> {}

impl<'a, U, R: Send + 'static> Queue<'a, U, R> {
    pub(super) fn new(
        concurrency: NonZeroUsize,
        take: impl FnMut(&mut Context<'_>) -> Poll<Option<U>> + Send + 'a,
        begin: impl FnMut(&U) -> Pending<R> + Send + 'a,
    ) -> Self {
        Self {
            take: Box::new(take),
            begin: Box::new(begin),
            concurrency: concurrency.get(),
            tasks: JoinSet::new(),
            slots: VecDeque::new(),
            first: 0,
            is_last: false,
        }
    }

    /// The next unit in order with its result, or none after the last.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Done<U, R>>> {
        loop {
            // All that has ended is seen first, so that others can take its place even if results are fetched slowly.
            while let Poll::Ready(Some(ended)) = self.tasks.poll_join_next(context) {
                self.put(ended);
            }
            self.fill(context);
            if let Some(done) = self.pop() {
                return Poll::Ready(Some(done));
            }
            match self.tasks.poll_join_next(context) {
                Poll::Ready(Some(ended)) => self.put(ended),
                Poll::Ready(None) if self.is_last => return Poll::Ready(None),
                // Without tasks it is the source that is waited for, and wakes this one.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Starts calls while there is room for them.
    fn fill(&mut self, context: &mut Context<'_>) {
        let depth = self.concurrency.saturating_mul(DEPTH);
        while !self.is_last && self.tasks.len() < self.concurrency && self.slots.len() < depth {
            match (self.take)(context) {
                Poll::Ready(Some(unit)) => {
                    let number = self.first.wrapping_add(self.slots.len());
                    let pending = (self.begin)(&unit);
                    self.tasks.spawn(async move { (number, pending.await) });
                    self.slots.push_back((unit, None));
                }
                Poll::Ready(None) => self.is_last = true,
                Poll::Pending => return,
            }
        }
    }

    fn put(&mut self, ended: Result<(usize, Result<R, Error>), JoinError>) {
        match ended.map_err(JoinError::try_into_panic) {
            Ok((number, result)) => {
                if let Some((_, empty)) = self.slots.get_mut(number.wrapping_sub(self.first)) {
                    *empty = Some(result);
                }
            }
            Err(Ok(panic)) => resume_unwind(panic),
            // Nobody else aborts these tasks, and rows must not be lost in silence.
            Err(Err(_)) => panic!("the runtime has ended before the calls that it was running"),
        }
    }

    fn pop(&mut self) -> Option<Done<U, R>> {
        self.slots.front_mut()?.1.as_ref()?;
        let (unit, result) = self.slots.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some((unit, result?))
    }
}

impl<U, R> Queue<'_, U, R> {
    /// Takes no more units; what is under way comes to its end.
    pub(super) fn stop(&mut self) {
        self.is_last = true;
    }

    /// The units that have been taken and not handed back.
    pub(super) fn units(&self) -> impl Iterator<Item = &U> {
        self.slots.iter().map(|(unit, _)| unit)
    }
}

#[cfg(test)]
mod tests;
