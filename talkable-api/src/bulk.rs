//! Bulk calls: concurrent calls for many rows, such as in a backfill, with ordered results and constant memory usage.
//!
//! ```no_run
//! # #[cfg(feature = "origins")]
//! # async fn example(client: talkable_api::Client, purchases: Vec<talkable_api::types::NewPurchase>) {
//! use talkable_api::bulk::Bulk;
//!
//! let mut rows = Bulk::new(purchases)
//!     .start_at(120_000) // where an earlier run stopped
//!     .concurrency(32)
//!     .one_by_one(|purchase| client.origins().create_purchase(purchase));
//! while let Some(outcome) = rows.next().await {
//!     if let Err(error) = outcome.result {
//!         eprintln!("row {}: {error}", outcome.index);
//!     }
//! }
//! println!("{:?}", rows.progress());
//! # }
//! ```
//!
//! [`Bulk`] takes rows from an iterator or a stream on demand, and sends them one by one or in chunks. In both cases, the
//! outcomes are in the order of the rows, and the calls share a throttle with the client's other calls:
//!
//! | | [`one_by_one`](Bulk::one_by_one) | [`in_chunks`](Bulk::in_chunks) |
//! |---|---|---|
//! | calls | one per row | one per chunk, with a chunk size of your choice |
//! | a row rejected by the API | has an error | is dropped without an error |
//! | success means | the API has processed the row | the API has [`Accepted`] the chunk |
//!
//! # Resuming
//!
//! Outcomes are in order, so all rows before [`Progress::next`] are done. Store this index regularly, and pass it to
//! [`start_at`](Bulk::start_at) to resume. Some later rows may already have been sent, and will be sent again. The number of
//! these rows or chunks is at most four times the [`concurrency`](Bulk::concurrency). Sending a purchase or an event twice is
//! safe, because its number identifies it. To avoid sending other rows twice, call [`Rows::stop`] or [`Chunks::stop`], and read
//! the remaining outcomes before the program exits.
//!
//! # Limits
//!
//! The usual limits apply to each call. If waiting for a rate limit may take longer than the default deadline, set a longer
//! deadline in the closure: `|row| client.origins().create_purchase(row).deadline(Duration::from_secs(3_600))`.
//!
//! The calls run in Tokio tasks, so they make progress while you process an outcome. Dropping the stream cancels them. To stop at
//! the first error, `break` out of your loop.

mod chunks;
mod ordered_calls;
mod progress;
mod rows;
mod source;

use std::fmt;
use std::num::NonZeroUsize;

use futures_core::Stream;

pub use self::chunks::{Accepted, ChunkOutcome, Chunks};
pub use self::progress::Progress;
pub use self::rows::{RowOutcome, Rows};
use self::source::Source;
use crate::call::Call;

/// The default concurrency, which equals the default initial window of the throttle.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not zero");

/// A builder for [`Rows`] and [`Chunks`].
#[must_use = "a bulk does nothing until `one_by_one` or `in_chunks` is called"]
pub struct Bulk<'a, T> {
    source: Source<'a, T>,
    start_at: u64,
    concurrency: NonZeroUsize,
}

impl<'a, T: 'a> Bulk<'a, T> {
    /// Creates a `Bulk` from an iterator. Each row is taken shortly before it is sent.
    ///
    /// If reading a row can fail, end the iterator at the first error and check for it afterwards:
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// # fn example(lines: impl Iterator<Item = std::io::Result<String>> + Send) -> std::io::Result<()> {
    /// let mut read_error = None;
    /// let bulk = Bulk::new(lines.map_while(|line| line.map_err(|error| read_error = Some(error)).ok()));
    /// # drop(bulk);
    /// // After the last outcome:
    /// read_error.map_or(Ok(()), Err)
    /// # }
    /// ```
    pub fn new<I>(rows: I) -> Self
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'a,
    {
        Self::from_source(Source::from_iterator(rows.into_iter()))
    }

    /// Creates a bulk from a stream, such as a database cursor. Each row is taken shortly before it is sent. If reading a row
    /// can fail, see the example for [`new`](Self::new).
    pub fn from_stream(rows: impl Stream<Item = T> + Send + 'a) -> Self {
        Self::from_source(Source::from_stream(rows))
    }

    /// Skips the rows before `index`, to resume at [`Progress::next`] of an earlier run. Indexes still count from the first row of
    /// the source.
    pub fn start_at(self, index: u64) -> Self {
        Self { start_at: index, ..self }
    }

    /// Limits the number of calls in flight. The default is 16, and 0 counts as 1. A large value is safe, because the client
    /// throttles its calls.
    pub fn concurrency(self, calls: usize) -> Self {
        Self { concurrency: NonZeroUsize::new(calls).unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// Sends each row in its own call.
    pub fn one_by_one<R: Send + 'static>(self, call: impl FnMut(&T) -> Call<R> + Send + 'a) -> Rows<'a, T, R> {
        Rows::new(self, call)
    }

    /// Sends the rows in chunks of `size`, with one call per chunk. A size of 0 counts as 1.
    ///
    /// Talkable does not document a maximum size. While the request for a chunk is being built, the chunk is in memory twice.
    ///
    /// ```no_run
    /// # #[cfg(feature = "origins")]
    /// # async fn example(client: talkable_api::Client, events: Vec<talkable_api::types::NewEvent>) {
    /// use talkable_api::bulk::Bulk;
    /// use talkable_api::types::EventBatch;
    ///
    /// let mut chunks = Bulk::new(events)
    ///     .concurrency(4)
    ///     .in_chunks(500, |events| client.origins().create_events(&EventBatch::new(events)));
    /// while let Some(outcome) = chunks.next().await {
    ///     if let Err(error) = outcome.result {
    ///         eprintln!("{} rows from row {}: {error}", outcome.rows.len(), outcome.first);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn in_chunks<R: Send + 'static>(
        self,
        size: usize,
        call: impl FnMut(Vec<T>) -> Call<R> + Send + 'a,
    ) -> Chunks<'a, T>
    where
        T: Clone + Send + 'a,
    {
        Chunks::new(self, size.max(1), call)
    }

    fn from_source(source: Source<'a, T>) -> Self {
        Self { source, start_at: 0, concurrency: CONCURRENCY }
    }

    fn progress(&self) -> Progress {
        Progress { next: self.start_at, failed: 0, in_flight: 0, total: self.source.total() }
    }
}

impl<T> fmt::Debug for Bulk<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Bulk");
        shown.field("start_at", &self.start_at).field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
