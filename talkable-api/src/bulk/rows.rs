//! Bulk calls that send rows one by one.

use std::fmt;
use std::future::{IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::ordered_calls::OrderedCalls;
use super::{Bulk, Progress};
use crate::call::Call;
use crate::error::Error;

/// A stream of [`RowOutcome`]s in the order of the rows, returned by [`Bulk::one_by_one`].
///
/// The stream continues after failed rows, and ends after the last row. Nothing is sent before the first poll. Dropping the
/// stream cancels the calls in flight, like dropping a [`Call`].
///
/// # Panics
///
/// If the stream is polled outside of a Tokio runtime, or after the runtime of an earlier poll has shut down.
#[must_use = "streams do nothing unless polled"]
pub struct Rows<'a, T, R> {
    calls: OrderedCalls<'a, T, R>,
    progress: Progress,
}

/// A row and the result of its call.
#[derive(Debug)]
#[non_exhaustive]
pub struct RowOutcome<T, R> {
    /// The index of the row in the source, starting at 0.
    pub index: u64,
    /// The row.
    pub row: T,
    /// The result of the call.
    pub result: Result<R, Error>,
}

impl<'a, T: 'a, R: Send + 'static> Rows<'a, T, R> {
    /// Waits for the next outcome. Returns `None` after the last row.
    pub async fn next(&mut self) -> Option<RowOutcome<T, R>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    pub(super) fn new(bulk: Bulk<'a, T>, mut call: impl FnMut(&T) -> Call<R> + Send + 'a) -> Self {
        let progress = bulk.progress();
        let mut source = bulk.source.skip(bulk.start_at);
        let poll_row = move |context: &mut Context<'_>| source.poll_next(context);
        let calls = OrderedCalls::new(bulk.concurrency, poll_row, move |row| call(row).into_future());
        Self { calls, progress }
    }
}

impl<T, R> Rows<'_, T, R> {
    /// The current progress, in rows.
    pub fn progress(&self) -> Progress {
        Progress { in_flight: self.calls.inputs().map(|_| 1).sum(), ..self.progress }
    }

    /// Stops taking rows from the source. The stream still yields the outcomes of the rows in flight.
    pub fn stop(&mut self) {
        self.calls.stop();
    }
}

impl<T, R: Send + 'static> Stream for Rows<'_, T, R> {
    type Item = RowOutcome<T, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<RowOutcome<T, R>>> {
        self.calls.poll_next(context).map(|finished| {
            let (row, result) = finished?;
            let index = self.progress.record(1, result.is_err());
            Some(RowOutcome { index, row, result })
        })
    }
}

impl<T, R> fmt::Debug for Rows<'_, T, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rows").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
