//! Concurrent calls, each in its own task, with results in the order of the inputs.
//!
//! An input is a row or a chunk.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::outage::{Outage, has_responded, is_outage};
use crate::call::CallFuture;
use crate::error::Error;

/// The maximum number of inputs in memory, as a multiple of the concurrency. While a call is slow, later calls continue up to
/// this limit.
const LOOKAHEAD: usize = 4;

/// The same limit for probes. It is higher, because other rows must be sent to distinguish a failing row from an outage.
const PROBE_LOOKAHEAD: usize = 2 * LOOKAHEAD;

/// The number of failures after which the row itself is considered the cause. A failure counts only if another call has succeeded
/// since the row's previous failure, so it does not count during an outage.
const ROW_FAILURES: u32 = 3;

type PollInput<'a, I> = Box<dyn FnMut(&mut Context<'_>) -> Poll<Option<I>> + Send + 'a>;
type StartCall<'a, I, R> = Box<dyn FnMut(&I) -> CallFuture<R> + Send + 'a>;
type Finished<I, R> = (I, Result<R, Error>);

/// Concurrent calls, with results in the order of the inputs. Dropping this value aborts the tasks.
pub(super) struct OrderedCalls<'a, I, R> {
    poll_input: PollInput<'a, I>,
    start: StartCall<'a, I, R>,
    concurrency: usize,
    /// The tasks of calls that are in flight or not joined yet. Each task returns the number and the result of its call.
    tasks: JoinSet<(usize, Result<R, Error>)>,
    /// The inputs that were not returned yet, in order, with the results of finished calls.
    entries: VecDeque<Entry<I, R>>,
    /// The number of the first entry. Numbers may wrap around, because any earlier call with the same number has long finished.
    first: usize,
    is_exhausted: bool,
    outage: Option<Outage>,
    /// The maximum duration of an outage.
    outage_limit: Duration,
    /// The numbers of the calls to be repeated because of an outage.
    waiting: VecDeque<usize>,
    /// The number of calls to which the API responded.
    responses: u64,
}

/// An input that was not returned yet.
struct Entry<I, R> {
    input: I,
    result: Option<Result<R, Error>>,
    /// The error of the last call, if the call is to be repeated or has been repeated.
    error: Option<Error>,
    /// The number of failures that count towards [`ROW_FAILURES`].
    failures: u32,
    /// The number of responses at the start of the call, or at its last failure.
    responses: u64,
}

/// The fields are never pinned.
impl<I, R> Unpin for OrderedCalls<'_, I, R> {}

impl<'a, I, R: Send + 'static> OrderedCalls<'a, I, R> {
    pub(super) fn new(
        concurrency: NonZeroUsize,
        outage_limit: Duration,
        poll_input: impl FnMut(&mut Context<'_>) -> Poll<Option<I>> + Send + 'a,
        start: impl FnMut(&I) -> CallFuture<R> + Send + 'a,
    ) -> Self {
        Self {
            poll_input: Box::new(poll_input),
            start: Box::new(start),
            concurrency: concurrency.get(),
            tasks: JoinSet::new(),
            entries: VecDeque::new(),
            first: 0,
            is_exhausted: false,
            outage: None,
            outage_limit,
            waiting: VecDeque::new(),
            responses: 0,
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
                Poll::Ready(None) if self.is_exhausted && self.waiting.is_empty() => return Poll::Ready(None),
                // If there are no tasks, the source or the pause of an outage is pending and will wake this task.
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Starts calls until a limit is reached or no input is ready. During an outage, starts only probes.
    fn start_calls(&mut self, context: &mut Context<'_>) {
        if let Some(outage) = &mut self.outage {
            if outage.poll_probe(context).is_ready() {
                self.start_probe(context);
            }
            return;
        }
        while self.tasks.len() < self.concurrency
            && let Some(number) = self.waiting.pop_front()
        {
            self.start_call(number);
        }
        while self.tasks.len() < self.concurrency
            && let Poll::Ready(Some(number)) = self.poll_entry(LOOKAHEAD, context)
        {
            self.start_call(number);
        }
    }

    fn start_probe(&mut self, context: &mut Context<'_>) {
        let next = self.next_probe(context);
        if let (Some(number), Some(outage)) = (next, &mut self.outage) {
            outage.probe = Some(number);
            self.start_call(number);
        }
    }

    /// Chooses the row to probe with.
    ///
    /// A waiting row comes first if another call has succeeded since its last failure, because another failure then counts
    /// against the row. Otherwise, new and waiting rows alternate: a new row succeeds even if all waiting rows are the cause.
    fn next_probe(&mut self, context: &mut Context<'_>) -> Option<usize> {
        let is_suspect = |number: &usize| self.entry(*number).is_some_and(|entry| entry.responses < self.responses);
        if let Some(index) = self.waiting.iter().position(is_suspect) {
            return self.waiting.remove(index);
        }
        let is_new = self.outage.as_mut().is_some_and(Outage::alternate);
        if (is_new || self.waiting.is_empty())
            && let Poll::Ready(Some(number)) = self.poll_entry(PROBE_LOOKAHEAD, context)
        {
            return Some(number);
        }
        self.waiting.pop_front()
    }

    /// Takes the next input, and returns its number. Returns `None` at the end of the source or if too many inputs are in memory.
    fn poll_entry(&mut self, lookahead: usize, context: &mut Context<'_>) -> Poll<Option<usize>> {
        if self.is_exhausted || self.entries.len() >= self.concurrency.saturating_mul(lookahead) {
            return Poll::Ready(None);
        }
        let Some(input) = ready!((self.poll_input)(context)) else {
            self.is_exhausted = true;
            return Poll::Ready(None);
        };
        let number = self.first.wrapping_add(self.entries.len());
        self.entries.push_back(Entry { input, result: None, error: None, failures: 0, responses: self.responses });
        Poll::Ready(Some(number))
    }

    fn start_call(&mut self, number: usize) {
        let Some(entry) = self.entries.get(number.wrapping_sub(self.first)) else { return };
        let call = (self.start)(&entry.input);
        self.tasks.spawn(async move { (number, call.await) });
    }

    fn store(&mut self, joined: Result<(usize, Result<R, Error>), JoinError>) {
        match joined.map_err(JoinError::try_into_panic) {
            Ok((number, result)) => self.finish(number, result),
            Err(Ok(panic)) => resume_unwind(panic),
            // The task was aborted, which happens only if the runtime shuts down. Panic, because rows must not get lost
            // silently.
            Err(Err(_)) => panic!("the Tokio runtime was shut down while calls were in flight"),
        }
    }

    /// Stores the result of a call, unless the call has to be repeated because of an outage.
    fn finish(&mut self, number: usize, result: Result<R, Error>) {
        let Some(entry) = self.entries.get_mut(number.wrapping_sub(self.first)) else { return };
        let has_failed = result.as_ref().err().is_some_and(is_outage);
        let counts = has_failed && self.responses > entry.responses;
        if counts {
            entry.failures += 1;
            entry.responses = self.responses;
        }
        // Whether the row itself is the cause of its failures. They then do not begin an outage.
        let is_row = entry.failures >= ROW_FAILURES;
        if has_failed {
            if !is_row {
                self.outage.get_or_insert_with(|| Outage::begin(number)).last_failed = number;
            }
        } else if has_responded(&result) {
            self.responses += 1;
            self.outage = None;
        }
        if let Some(outage) = self.outage.as_mut().filter(|outage| outage.probe == Some(number)) {
            match result {
                // The row could not be converted to a call, so nothing was sent.
                Err(Error::Invalid(_)) => outage.probe = None,
                // The row itself may be the cause, so the failure shows little about the API.
                _ if counts => outage.pause(),
                _ => outage.extend(),
            }
        }
        match result {
            Err(error) if self.outage.is_some() && !is_row && error.is_retryable() => {
                self.waiting.push_back(number);
                entry.error = Some(error);
            }
            result => entry.result = Some(result),
        }
        if self.outage().is_some_and(|duration| duration >= self.outage_limit) {
            for number in std::mem::take(&mut self.waiting) {
                if let Some(entry) = self.entry_mut(number) {
                    entry.result = entry.error.take().map(Err);
                }
            }
        }
    }

    fn pop(&mut self) -> Option<Finished<I, R>> {
        self.entries.front()?.result.as_ref()?;
        let Entry { input, result, .. } = self.entries.pop_front()?;
        self.first = self.first.wrapping_add(1);
        Some((input, result?))
    }
}

impl<I, R> OrderedCalls<'_, I, R> {
    /// Stops taking inputs. Calls in flight continue.
    pub(super) fn stop(&mut self) {
        self.is_exhausted = true;
    }

    /// The duration of the current outage, if there is one.
    pub(super) fn outage(&self) -> Option<Duration> {
        self.outage.as_ref().map(Outage::elapsed)
    }

    /// The last error of the current outage, unless its input has been returned.
    pub(super) fn outage_error(&self) -> Option<&Error> {
        let entry = self.entry(self.outage.as_ref()?.last_failed)?;
        entry.result.as_ref().map_or(entry.error.as_ref(), |result| result.as_ref().err())
    }

    fn entry(&self, number: usize) -> Option<&Entry<I, R>> {
        self.entries.get(number.wrapping_sub(self.first))
    }

    fn entry_mut(&mut self, number: usize) -> Option<&mut Entry<I, R>> {
        self.entries.get_mut(number.wrapping_sub(self.first))
    }

    /// The inputs that were not returned yet.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &I> {
        self.entries.iter().map(|entry| &entry.input)
    }
}

#[cfg(test)]
mod tests;
