//! Many rows: a backfill of a million purchases, sent side by side, with their results in order and flat memory.
//!
//! [`Bulk`] takes rows from an iterator or a stream as it needs them, and sends them in one of two ways. Both are streams
//! of results in the order of the rows, and both share the throttling of the client with all its other calls.
//!
//! | | [`one_by_one`](Bulk::one_by_one) | [`in_chunks`](Bulk::in_chunks) |
//! |---|---|---|
//! | calls | one for each row | one for each chunk of a size of your choice |
//! | a row that the API refuses | comes back with the reason | is never heard of again |
//! | what success means | the API has done it | the API has taken the chunk: [`OnlyAccepted`] |
//!
//! ```no_run
//! # #[cfg(feature = "origins")]
//! # async fn example(client: talkable_api::Client, purchases: Vec<talkable_api::types::NewPurchase>) {
//! use talkable_api::bulk::Bulk;
//!
//! let mut rows = Bulk::new(purchases)
//!     .start_at(120_000) // where the last run came to
//!     .concurrency(32)
//!     .one_by_one(|purchase| client.origins().create_purchase(purchase));
//! while let Some(row) = rows.next().await {
//!     if let Err(error) = row.result {
//!         eprintln!("row {}: {error}", row.index);
//!     }
//! }
//! println!("{:?}", rows.progress());
//! # }
//! ```
//!
//! # How it goes on after a stop
//!
//! Results come in order, so all rows before [`Progress::next`] are settled: store that number now and then, and give it to
//! [`start_at`](Bulk::start_at) the next time. Up to four times [`concurrency`](Bulk::concurrency) rows after it, or as many
//! chunks, may have been sent as well, and are sent again then. Purchases and events bear that, as their numbers identify them;
//! where rows don't, let [`Rows::stop`] or [`Chunks::stop`] run dry before the program ends.
//!
//! # Limits of a row
//!
//! Each row is a call with the limits of a call: it fails with [`Error::Throttled`](crate::Error::Throttled) or a timeout
//! when its deadline is over. Whoever would rather wait says so in the closure, as
//! `|row| client.origins().create_purchase(row).deadline(Duration::from_secs(3_600))`.
//!
//! The calls run in tasks of their own, so they get on while a result is being looked at, and dropping the stream ends them.
//! That needs a Tokio runtime. What is absent: an end at the first failure, which is a `break` in your loop.

mod chunks;
mod queue;
mod rows;
mod source;

use std::fmt;
use std::num::NonZeroUsize;

use futures_core::Stream;

pub use self::chunks::{Chunk, Chunks, OnlyAccepted};
pub use self::rows::{Row, Rows};
use self::source::Source;
use crate::call::Call;

/// As many as the client's controller lets through before it has learned how fast the API is.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).expect("16 isn't 0");

/// Rows to be sent, and how.
///
/// ```
/// use talkable_api::bulk::Bulk;
///
/// let bulk = Bulk::new(["jane@example.com", "joe@example.com"]).concurrency(4);
/// ```
#[must_use = "nothing is sent until the rows have been given a call"]
pub struct Bulk<'a, T> {
    source: Source<'a, T>,
    start_at: u64,
    concurrency: NonZeroUsize,
}

/// How far a bulk has come, in rows.
///
/// ```
/// # use talkable_api::bulk::{Progress, Rows};
/// fn percent(progress: Progress) -> Option<u64> {
///     (progress.next * 100).checked_div(progress.total?)
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The first row that hasn't come back yet, which is where to start the next time.
    pub next: u64,
    /// How many rows have come back with an error since the start.
    pub failed: u64,
    /// How many rows have been taken from the source and haven't come back yet.
    pub under_way: u64,
    /// How many rows there are, those before the start included, if the source says so exactly.
    pub total: Option<u64>,
}

impl<'a, T: 'a> Bulk<'a, T> {
    /// Rows from an iterator. They are taken from it only shortly before they are sent.
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// let bulk = Bulk::new((1..=1_000_000).map(|number| format!("order-{number}")));
    /// ```
    ///
    /// Where rows may fail to come, let the first failure end them, and look at it afterwards:
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// # fn example(lines: impl Iterator<Item = std::io::Result<String>> + Send) -> std::io::Result<()> {
    /// let mut broken = None;
    /// let bulk = Bulk::new(lines.map_while(|line| line.map_err(|error| broken = Some(error)).ok()));
    /// # drop(bulk);
    /// // When all of them have been sent:
    /// broken.map_or(Ok(()), Err)
    /// # }
    /// ```
    pub fn new<I>(rows: I) -> Self
    where
        I: IntoIterator<Item = T>,
        I::IntoIter: Send + 'a,
    {
        Self::of(Source::of_iterator(rows.into_iter()))
    }

    /// Rows from a stream, such as a cursor of a database. They are taken from it only shortly before they are sent. One that may
    /// fail is adapted as [`new`](Self::new) shows it for an iterator.
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// # fn example(cursor: impl futures_core::Stream<Item = String> + Send) {
    /// let bulk = Bulk::from_stream(cursor);
    /// # }
    /// ```
    pub fn from_stream(rows: impl Stream<Item = T> + Send + 'a) -> Self {
        Self::of(Source::of_stream(rows))
    }

    fn of(source: Source<'a, T>) -> Self {
        Self { source, start_at: 0, concurrency: CONCURRENCY }
    }

    /// Passes over the first rows, counted from 0: the way to go on where [`Progress::next`] says that an earlier run
    /// came to. The numbers of the rows stay what they were in that run.
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// let bulk = Bulk::new(1..=1_000_000).start_at(120_000);
    /// ```
    pub fn start_at(self, index: u64) -> Self {
        Self { start_at: index, ..self }
    }

    /// Limits how many calls are under way at a time, 16 unless this says otherwise; 0 is taken for 1. More do no harm
    /// to the API, since the client slows all of them down together when it is told to.
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// let bulk = Bulk::new(["jane@example.com", "joe@example.com"]).concurrency(4);
    /// ```
    pub fn concurrency(self, calls: usize) -> Self {
        Self { concurrency: NonZeroUsize::new(calls).unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// Sends each row by a call of its own, and gives each back with what came of it.
    ///
    /// ```no_run
    /// # use talkable_api::{Call, Error, bulk::Bulk};
    /// # async fn example(unsubscribe: fn(&str) -> Call<()>) {
    /// let mut rows = Bulk::new(["jane@example.com", "joe@example.com"]).one_by_one(|email| unsubscribe(email));
    /// while let Some(row) = rows.next().await {
    ///     println!("{} {}: {:?}", row.index, row.row, row.result);
    /// }
    /// # }
    /// ```
    pub fn one_by_one<R: Send + 'static>(self, call: impl FnMut(&T) -> Call<R> + Send + 'a) -> Rows<'a, T, R> {
        Rows::new(self, call)
    }

    /// Sends the rows in chunks of a size, 0 being taken for 1, through a call that hands over many at once.
    ///
    /// No limit of the size is documented. A chunk is in memory twice while its request is being made.
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
    /// while let Some(chunk) = chunks.next().await {
    ///     if let Err(error) = chunk.result {
    ///         eprintln!("{} rows from {} were not accepted: {error}", chunk.rows.len(), chunk.first);
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

    fn progress(&self) -> Progress {
        Progress { next: self.start_at, failed: 0, under_way: 0, total: self.source.total() }
    }
}

impl Progress {
    /// Takes note of rows that have come back, and gives the number of their first.
    fn settle(&mut self, rows: u64, has_failed: bool) -> u64 {
        let first = self.next;
        self.next += rows;
        if has_failed {
            self.failed += rows;
        }
        first
    }
}

impl<T> fmt::Debug for Bulk<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Bulk");
        shown.field("start_at", &self.start_at).field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
