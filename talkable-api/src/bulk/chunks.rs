//! Rows that are handed over many at once.

use std::fmt;
use std::future::poll_fn;
use std::mem::take;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::queue::{Pending, Queue};
use super::source::Source;
use super::{Bulk, Progress};
use crate::call::Call;
use crate::error::Error;

/// The API has taken a chunk. That is all that can be known.
///
/// The calls that take many rows always answer that all is well. A job makes records of the rows some time later, and no
/// answer, then or afterwards, tells which of them it refused. Whoever has to know sends the rows
/// [one by one](Bulk::one_by_one).
///
/// ```
/// # use talkable_api::bulk::OnlyAccepted;
/// fn report(_: OnlyAccepted) {
///     println!("accepted, which says nothing about its rows");
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OnlyAccepted;

/// A chunk of rows, and whether the API has taken it.
///
/// ```
/// # use talkable_api::bulk::Chunk;
/// fn report(chunk: &Chunk<String>) {
///     if let Err(error) = &chunk.result {
///         println!("{} rows from row {} were not accepted: {error}", chunk.rows.len(), chunk.first);
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Chunk<T> {
    /// The number of its first row, counted from 0 over all rows of the source.
    pub first: u64,
    /// Its rows.
    pub rows: Vec<T>,
    /// That the API has taken the chunk, or why it isn't known to have. After a
    /// [`TransportError`](crate::TransportError) it may have; `maybe_executed` tells.
    pub result: Result<OnlyAccepted, Error>,
}

/// The chunks with what is known of them, in order. It comes from [`Bulk::in_chunks`].
///
/// It is a [`Stream`] that ends after the last chunk and goes on after one that was not accepted. Nothing is sent before
/// the first is asked for. Dropping it ends the calls that are under way as dropping a [`Call`] does.
///
/// # Panics
///
/// Outside of a Tokio runtime, and if the runtime in which chunks were asked for has ended in between.
///
/// ```no_run
/// # async fn example(mut chunks: talkable_api::bulk::Chunks<'_, String>) {
/// while let Some(chunk) = chunks.next().await {
///     println!("{} rows from {}: {:?}", chunk.rows.len(), chunk.first, chunk.result);
/// }
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct Chunks<'a, T> {
    queue: Queue<'a, Vec<T>, ()>,
    progress: Progress,
}

impl<'a, T: Clone + Send + 'a> Chunks<'a, T> {
    pub(super) fn new<R: Send + 'static>(
        bulk: Bulk<'a, T>,
        size: usize,
        mut call: impl FnMut(Vec<T>) -> Call<R> + Send + 'a,
    ) -> Self {
        let progress = bulk.progress();
        let begin = move |rows: &Vec<T>| -> Pending<()> { call(rows.clone()).settled() };
        let queue = Queue::new(bulk.concurrency, chunks(bulk.source.skip(bulk.start_at), size), begin);
        Self { queue, progress }
    }
}

impl<T> Chunks<'_, T> {
    /// The next chunk, or none after the last.
    ///
    /// ```no_run
    /// # async fn example(mut chunks: talkable_api::bulk::Chunks<'_, String>) {
    /// if let Some(chunk) = chunks.next().await {
    ///     println!("{}: {:?}", chunk.first, chunk.result);
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Chunk<T>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// How far it has come, in rows. Those of a chunk that was not accepted count as failed.
    ///
    /// ```
    /// # fn example(chunks: &talkable_api::bulk::Chunks<'_, String>) {
    /// println!("start at {} the next time", chunks.progress().next);
    /// # }
    /// ```
    pub fn progress(&self) -> Progress {
        Progress { under_way: self.queue.units().map(|rows| count(rows)).sum(), ..self.progress }
    }

    /// Takes no more rows from the source. The chunks that are under way still come to their end and are handed back,
    /// after which nothing is in the balance.
    ///
    /// ```no_run
    /// # async fn example(mut chunks: talkable_api::bulk::Chunks<'_, String>) {
    /// chunks.stop();
    /// while let Some(chunk) = chunks.next().await {
    ///     println!("{}: {:?}", chunk.first, chunk.result);
    /// }
    /// # }
    /// ```
    pub fn stop(&mut self) {
        self.queue.stop();
    }
}

impl<T> Stream for Chunks<'_, T> {
    type Item = Chunk<T>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Chunk<T>>> {
        self.queue.poll_next(context).map(|done| {
            let (rows, result) = done?;
            let first = self.progress.settle(count(&rows), result.is_err());
            Some(Chunk { first, rows, result: result.map(|()| OnlyAccepted) })
        })
    }
}

impl<T> fmt::Debug for Chunks<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Chunks").field("progress", &self.progress()).finish_non_exhaustive()
    }
}

/// Collects rows until there are enough of them, or no more.
fn chunks<'a, T: Send + 'a>(
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
