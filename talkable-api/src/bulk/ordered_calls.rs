//! Concurrent calls, each in its own task, with results in the order of the inputs.
//!
//! An input is a row or a chunk.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::outage::{Outage, is_outage};
use crate::error::Error;

/// The maximum number of inputs in memory, as a multiple of the concurrency. While a call is slow, later calls continue up to
/// this limit.
const LOOKAHEAD: usize = 4;

/// The number of failures after which the row itself is considered the cause. A failure counts only if another call has succeeded
/// since the row's previous failure, so it does not count during an outage.
const ROW_FAILURES: u32 = 3;

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
    entries: VecDeque<Entry<I, R>>,
    /// The number of the first entry. Numbers may wrap around, because any earlier call with the same number has long finished.
    first: usize,
    is_exhausted: bool,
    outage: Option<Outage>,
    /// The maximum duration of an outage.
    outage_limit: Option<Duration>,
    /// The numbers and the errors of the calls that failed because of an outage.
    waiting: VecDeque<(usize, Error)>,
    /// The number of calls to which the API responded.
    responses: u64,
}

/// An input that was not returned yet.
struct Entry<I, R> {
    input: I,
    result: Option<Result<R, Error>>,
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
        outage_limit: Option<Duration>,
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
            && let Some((number, _)) = self.waiting.pop_front()
        {
            self.start_call(number);
        }
        while self.tasks.len() < self.concurrency
            && let Poll::Ready(Some(number)) = self.poll_entry(context)
        {
            self.start_call(number);
        }
    }

    fn start_probe(&mut self, context: &mut Context<'_>) {
        // If only one row has failed, the row may be the cause, so probe with another one.
        let next = if self.waiting.len() <= 1 { self.poll_entry(context) } else { Poll::Ready(None) };
        let next = match next {
            Poll::Ready(Some(number)) => Some(number),
            Poll::Ready(None) | Poll::Pending => self.waiting.pop_front().map(|(number, _)| number),
        };
        if let (Some(number), Some(outage)) = (next, &mut self.outage) {
            outage.probe = Some(number);
            self.start_call(number);
        }
    }

    /// Takes the next input, and returns its number. Returns `None` at the end of the source or if too many inputs are in memory.
    fn poll_entry(&mut self, context: &mut Context<'_>) -> Poll<Option<usize>> {
        let lookahead = self.concurrency.saturating_mul(LOOKAHEAD);
        if self.is_exhausted || self.entries.len() >= lookahead {
            return Poll::Ready(None);
        }
        let Some(input) = ready!((self.poll_input)(context)) else {
            self.is_exhausted = true;
            return Poll::Ready(None);
        };
        let number = self.first.wrapping_add(self.entries.len());
        self.entries.push_back(Entry { input, result: None, failures: 0, responses: self.responses });
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
        let error = match result {
            Err(error) if is_outage(&error) => error,
            result => {
                if matches!(result, Ok(_) | Err(Error::Api(_))) {
                    self.responses += 1;
                    self.outage = None;
                }
                entry.result = Some(result);
                return self.extend_outage(number);
            }
        };
        if self.responses > entry.responses {
            entry.failures += 1;
            entry.responses = self.responses;
        }
        if entry.failures >= ROW_FAILURES {
            entry.result = Some(Err(error));
            return self.extend_outage(number);
        }
        self.waiting.push_back((number, error));
        let outage = self.outage.get_or_insert_with(Outage::begin);
        let is_over_limit = self.outage_limit.is_some_and(|limit| outage.elapsed() >= limit);
        self.extend_outage(number);
        if is_over_limit {
            for (number, error) in std::mem::take(&mut self.waiting) {
                if let Some(entry) = self.entries.get_mut(number.wrapping_sub(self.first)) {
                    entry.result = Some(Err(error));
                }
            }
        }
    }

    /// Extends the outage if this call was its probe.
    fn extend_outage(&mut self, number: usize) {
        if let Some(outage) = self.outage.as_mut().filter(|outage| outage.probe == Some(number)) {
            outage.extend();
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

    /// The inputs that were not returned yet.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &I> {
        self.entries.iter().map(|entry| &entry.input)
    }
}

#[cfg(test)]
mod tests;
