//! Rows that are sent one by one.

use std::fmt;
use std::future::{IntoFuture as _, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::queue::Queue;
use super::{Bulk, Progress};
use crate::call::Call;
use crate::error::Error;

/// A row, and what came of it.
///
/// ```
/// # use talkable_api::bulk::Row;
/// fn report<R>(row: &Row<String, R>) {
///     match &row.result {
///         Ok(_) => println!("{} is done", row.row),
///         Err(error) => println!("{}, row {}, failed: {error}", row.row, row.index),
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Row<T, R> {
    /// The number of the row, counted from 0 over all rows of the source.
    pub index: u64,
    /// The row itself.
    pub row: T,
    /// What the API answered, or why there is no good answer.
    pub result: Result<R, Error>,
}

/// The rows with their results, in order. It comes from [`Bulk::one_by_one`].
///
/// It is a [`Stream`] that ends after the last row and goes on after a row that failed. Nothing is sent before the first
/// row is asked for. Dropping it ends the calls that are under way as dropping a [`Call`] does.
///
/// # Panics
///
/// Outside of a Tokio runtime, and if the runtime in which rows were asked for has ended in between.
///
/// ```no_run
/// # async fn example(mut rows: talkable_api::bulk::Rows<'_, String, ()>) {
/// while let Some(row) = rows.next().await {
///     println!("{} of {:?}", row.index, rows.progress().total);
/// }
/// # }
/// ```
#[must_use = "a stream does nothing until it is polled"]
pub struct Rows<'a, T, R> {
    queue: Queue<'a, T, R>,
    progress: Progress,
}

impl<'a, T: 'a, R: Send + 'static> Rows<'a, T, R> {
    pub(super) fn new(bulk: Bulk<'a, T>, mut call: impl FnMut(&T) -> Call<R> + Send + 'a) -> Self {
        let progress = bulk.progress();
        let mut source = bulk.source.skip(bulk.start_at);
        let take = move |context: &mut Context<'_>| source.poll_next(context);
        let queue = Queue::new(bulk.concurrency, take, move |row| call(row).into_future());
        Self { queue, progress }
    }

    /// The next row with its result, or none after the last.
    ///
    /// ```no_run
    /// # async fn example(mut rows: talkable_api::bulk::Rows<'_, String, ()>) {
    /// if let Some(row) = rows.next().await {
    ///     println!("{}: {:?}", row.index, row.result);
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<Row<T, R>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<T, R> Rows<'_, T, R> {
    /// How far it has come.
    ///
    /// ```
    /// # fn example(rows: &talkable_api::bulk::Rows<'_, String, ()>) {
    /// println!("start at {} the next time", rows.progress().next);
    /// # }
    /// ```
    pub fn progress(&self) -> Progress {
        Progress { under_way: self.queue.units().map(|_| 1).sum(), ..self.progress }
    }

    /// Takes no more rows from the source. Those that are under way still come to their end and are handed back, after
    /// which nothing is in the balance.
    ///
    /// ```no_run
    /// # async fn example(mut rows: talkable_api::bulk::Rows<'_, String, ()>, is_enough: fn() -> bool) {
    /// while let Some(row) = rows.next().await {
    ///     if is_enough() {
    ///         rows.stop();
    ///     }
    /// }
    /// println!("start at {} the next time", rows.progress().next);
    /// # }
    /// ```
    pub fn stop(&mut self) {
        self.queue.stop();
    }
}

impl<T, R: Send + 'static> Stream for Rows<'_, T, R> {
    type Item = Row<T, R>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Row<T, R>>> {
        self.queue.poll_next(context).map(|done| {
            let (row, result) = done?;
            let index = self.progress.settle(1, result.is_err());
            Some(Row { index, row, result })
        })
    }
}

impl<T, R> fmt::Debug for Rows<'_, T, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Rows").field("progress", &self.progress()).finish_non_exhaustive()
    }
}
