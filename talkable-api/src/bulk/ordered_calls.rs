//! Concurrent calls, each in its own task, with results in the order of the inputs.
//!
//! An input is a row or a chunk.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::{JoinError, JoinSet};

use crate::error::Error;

/// The maximum number of inputs in memory, as a multiple of the concurrency. While a call is slow, later calls continue up to
/// this limit.
const LOOKAHEAD: usize = 4;

pub(super) type PendingCall<R> = Pin<Box<dyn Future<Output = Result<R, Error>> + Send>>;

type PollInput<'a, I> = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<I>> + Send + 'a>;
type StartCall<'a, I, R> = Box<dyn FnMut(&I) -> PendingCall<R> + Send + 'a>;
type Finished<I, R> = (I, Result<R, Error>);

/// Concurrent calls, with results in the order of the inputs. Dropping this value aborts the tasks.
pub(super) struct OrderedCalls<'a, I, R> {
    poll_input: PollInput<'a, I>,
    start: StartCall<'a, I, R>,
    concurrency: usize,
    /// The tasks of calls that are in flight or not joined yet. Each task returns the number and the result of its call.
    tasks: JoinSet<(usize, Result<R, Error>)>,
    /// The inputs that were not returned yet, in order, with the results of finished calls.
    entries: VecDeque<(I, Option<Result<R, Error>>)>,
    /// The number of the first entry. Numbers may wrap around, because any earlier call with the same number has long finished.
    first: usize,
    is_exhausted: bool,
}

/// The fields are never pinned.
impl<I, R> Unpin for OrderedCalls<'_, I, R> {}

impl<'a, I, R: Send + 'static> OrderedCalls<'a, I, R> {
    pub(super) fn new(
        concurrency: NonZeroUsize,
        poll_input: impl FnMut(&mut Context<'_>) -> Poll<Option<I>> + Send + 'a,
        start: impl FnMut(&I) -> PendingCall<R> + Send + 'a,
    ) -> Self {
        Self {
            poll_input: Box::new(poll_input),
            start: Box::new(start),
            concurrency: concurrency.get(),
            tasks: JoinSet::new(),
            entries: VecDeque::new(),
            first: 0,
            is_exhausted: false,
        }
    }

    /// Returns the next input with its result, or `None` after the last input.
    pub(super) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Finished<I, R>>> {
        loop {
            // Join all finished calls first, so that new calls start even if the caller reads results slowly.
            while let Poll::Ready(Some(joined)) = self.tasks.poll_join_next(context) {
                self.store(joined);
            }
            self.start_calls(context);
            if let Some(finished) = self.pop() {
                return Poll::Ready(Some(finished));
            }
            match self.tasks.poll_join_next(context) {
                Poll::Ready(Some(joined)) => self.store(joined),
                Poll::Ready(None) if self.is_exhausted => return Poll::Ready(None),
                // If there are no tasks, the source is pending and will wake this task.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Starts calls until a limit is reached or no input is ready.
    fn start_calls(&mut self, context: &mut Context<'_>) {
        let lookahead = self.concurrency.saturating_mul(LOOKAHEAD);
        while !self.is_exhausted && self.tasks.len() < self.concurrency && self.entries.len() < lookahead {
            match (self.poll_input)(context) {
                Poll::Ready(Some(input)) => {
                    let number = self.first.wrapping_add(self.entries.len());
                    let call = (self.start)(&input);
                    self.tasks.spawn(async move { (number, call.await) });
                    self.entries.push_back((input, None));
                }
                Poll::Ready(None) => self.is_exhausted = true,
                Poll::Pending => return,
            }
        }
    }

    fn store(&mut self, joined: Result<(usize, Result<R, Error>), JoinError>) {
        match joined.map_err(JoinError::try_into_panic) {
            Ok((number, result)) => {
                if let Some((_, entry)) = self.entries.get_mut(number.wrapping_sub(self.first)) {
                    *entry = Some(result);
                }
            }
            Err(Ok(panic)) => resume_unwind(panic),
            // The task was aborted, which happens only if the runtime shuts down. Panic, because rows must not get lost
            // silently.
            Err(Err(_)) => panic!("the Tokio runtime was shut down while calls were in flight"),
        }
    }

    fn pop(&mut self) -> Option<Finished<I, R>> {
        self.entries.front_mut()?.1.as_ref()?;
        let (input, result) = self.entries.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some((input, result?))
    }
}

impl<I, R> OrderedCalls<'_, I, R> {
    /// Stops taking inputs. Calls in flight continue.
    pub(super) fn stop(&mut self) {
        self.is_exhausted = true;
    }

    /// The inputs that were not returned yet.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &I> {
        self.entries.iter().map(|(input, _)| input)
    }
}

#[cfg(test)]
mod tests;
