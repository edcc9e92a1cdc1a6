//! Bulk calls that send rows in chunks.

use std::fmt;
use std::future::poll_fn;
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::ordered_calls::{OrderedCalls, PendingCall};
use super::source::Source;
use super::{Bulk, Progress};
use crate::call::Call;
use crate::error::Error;

/// A stream of [`ChunkOutcome`]s in the order of the rows, returned by [`Bulk::in_chunks`].
///
/// The stream continues after failed chunks, and ends after the last chunk. Nothing is sent before the first poll. Dropping the
/// stream cancels the calls in flight, like dropping a [`Call`].
///
/// # Panics
///
/// If the stream is polled outside of a Tokio runtime, or after the runtime of an earlier poll has shut down.
#[must_use = "streams do nothing unless polled"]
pub struct Chunks<'a, T> {
    calls: OrderedCalls<'a, Vec<T>, ()>,
    progress: Progress,
}

/// A chunk of rows and the result of its call.
#[derive(Debug)]
#[non_exhaustive]
pub struct ChunkOutcome<T> {
    /// The index of the chunk's first row in the source, starting at 0.
    pub first: u64,
    /// The rows of the chunk.
    pub rows: Vec<T>,
    /// [`Accepted`], or the error of the call. If [`maybe_executed`](crate::Error::maybe_executed) is true for the error, the
    /// API may still have accepted the chunk.
    pub result: Result<Accepted, Error>,
}

/// Indicates that the API has accepted a chunk, and will process its rows later.
///
/// The API never reports which rows of a chunk it rejects. If you need this information, send the rows
/// [one by one](Bulk::one_by_one).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted;

impl<'a, T: Clone + Send + 'a> Chunks<'a, T> {
    pub(super) fn new<R: Send + 'static>(
        bulk: Bulk<'a, T>,
        size: usize,
        mut call: impl FnMut(Vec<T>) -> Call<R> + Send + 'a,
    ) -> Self {
        let progress = bulk.progress();
        let start = move |rows: &Vec<T>| -> PendingCall<()> { call(rows.clone()).discard_value() };
        let poll_chunk = poll_chunk(bulk.source.skip(bulk.start_at), size);
        Self { calls: OrderedCalls::new(bulk.concurrency, poll_chunk, start), progress }
    }
}

impl<T> Chunks<'_, T> {
    /// Waits for the next outcome. Returns `None` after the last chunk.
    pub async fn next(&mut self) -> Option<ChunkOutcome<T>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// The current progress, in rows. All rows of a failed chunk count as failed.
    pub fn progress(&self) -> Progress {
        Progress { in_flight: self.calls.inputs().map(|rows| count(rows)).sum(), ..self.progress }
    }

    /// Stops taking rows from the source. The stream still yields the outcomes of the chunks in flight.
    pub fn stop(&mut self) {
        self.calls.stop();
    }
}

impl<T> Stream for Chunks<'_, T> {
    type Item = ChunkOutcome<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ChunkOutcome<T>>> {
        self.calls.poll_next(context).map(|finished| {
            let (rows, result) = finished?;
            let first = self.progress.record(count(&rows), result.is_err());
            Some(ChunkOutcome { first, rows, result: result.map(|()| Accepted) })
        })
    }
}

impl<T> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Chunks").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

/// Collects rows until a chunk is full or the source ends.
fn poll_chunk<'a, T: Send + 'a>(
    mut source: Source<'a, T>,
    size: usize,
) -> impl FnMut(&mut Context<'_>) -> Poll<Option<Vec<T>>> + Send + 'a {
    let mut rows = Vec::new();
    move |context| {
        while rows.len() < size {
            match ready!(source.poll_next(context)) {
                Some(row) => rows.push(row),
                None => return Poll::Ready((!rows.is_empty()).then(|| take(&mut rows))),
            }
        }
        Poll::Ready(Some(take(&mut rows)))
    }
}

fn count<T>(rows: &[T]) -> u64 {
    u64::try_from(rows.len()).unwrap_or(u64::MAX)
}
