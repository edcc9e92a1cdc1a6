//! The outcomes of bulk calls.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;

use super::ordered_calls::OrderedCalls;
use crate::error::Error;

/// A stream of [`Outcome`]s in the order of the rows, returned by [`Bulk::one_by_one`](super::Bulk::one_by_one) and
/// [`Bulk::in_chunks`](super::Bulk::in_chunks).
///
/// The stream continues after failed calls, and ends after the last row. Nothing is sent before the first poll. Dropping the
/// stream cancels the calls in flight, like dropping a [`Call`](crate::Call).
///
/// # Panics
///
/// If the stream is polled outside of a Tokio runtime, or after the runtime of an earlier poll has shut down.
#[must_use = "streams do nothing unless polled"]
pub struct Outcomes<'a, I, R> {
    pub(super) calls: OrderedCalls<'a, I, R>,
    pub(super) progress: Progress,
    /// The function that counts the rows in an input.
    pub(super) count: fn(&I) -> u64,
}

/// The input and the result of one call.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outcome<I, R> {
    /// The index of the row in the source, starting at 0. For a chunk, this is the index of its first row.
    pub index: u64,
    /// The row, or the rows of the chunk.
    pub input: I,
    /// The result of the call. [`Error::verdict`] states whether the API may have accepted the input of a failed call.
    pub result: Result<R, Error>,
}

/// The progress of bulk calls, in rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The index of the first row without an outcome. Resume at this row.
    pub next: u64,
    /// The number of rows that failed in this run. All rows in a failed chunk count as failed.
    pub failed: u64,
    /// The number of rows that were taken from the source but have no outcome yet.
    pub in_flight: u64,
    /// The duration of the current [outage](crate::bulk#outages), if there is one. No outcome is ready during an outage, so to
    /// show it, call [`Outcomes::next`] with a timeout.
    pub outage: Option<Duration>,
    /// The total number of rows, including skipped ones, if the source reports it exactly.
    pub total: Option<u64>,
}

impl<I, R: Send + 'static> Outcomes<'_, I, R> {
    /// Waits for the next outcome. Returns `None` after the last row.
    ///
    /// Dropping the future loses no outcome. The calls in flight continue.
    pub async fn next(&mut self) -> Option<Outcome<I, R>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<I, R> Outcomes<'_, I, R> {
    /// The current progress.
    pub fn progress(&self) -> Progress {
        let in_flight = self.calls.inputs().map(self.count).sum();
        Progress { in_flight, outage: self.calls.outage(), ..self.progress }
    }

    /// The last error of the current [outage](crate::bulk#outages), if there is one. Returns `None` if the row with this error
    /// has already been returned.
    pub fn outage_error(&self) -> Option<&Error> {
        self.calls.outage_error()
    }

    /// Stops taking rows from the source. The stream still yields the outcomes of the rows in flight.
    pub fn stop(&mut self) {
        self.calls.stop();
    }
}

impl<I, R: Send + 'static> Stream for Outcomes<'_, I, R> {
    type Item = Outcome<I, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Outcome<I, R>>> {
        self.calls.poll_next(context).map(|finished| {
            let (input, result) = finished?;
            let (index, rows) = (self.progress.next, (self.count)(&input));
            self.progress.next += rows;
            self.progress.failed += if result.is_err() { rows } else { 0 };
            Some(Outcome { index, input, result })
        })
    }
}

impl<I, R> fmt::Debug for Outcomes<'_, I, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Outcomes").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
