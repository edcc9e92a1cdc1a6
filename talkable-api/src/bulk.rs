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
//! | success means | the API has processed the row | the API has accepted the chunk, and will process its rows later |
//!
//! # Resuming
//!
//! Outcomes are in order, so all rows before [`Progress::next`] are done. Store this index regularly, and pass it to
//! [`start_at`](Bulk::start_at) to resume. Some later rows may already have been sent, and will be sent again. The number of
//! these rows or chunks is at most four times the [`concurrency`](Bulk::concurrency), or eight times during an outage. Sending a
//! purchase or an event twice is safe, because its number identifies it. To avoid sending other rows twice, call
//! [`Outcomes::stop`], and read the remaining outcomes before the program exits.
//!
//! # Outages
//!
//! A 5xx, a timeout, a lost connection or a response that is not JSON holds back all calls, like a 429. One call at a time then
//! probes whether the API works again, with pauses that grow to one minute. Rows that failed because of the outage are sent again,
//! so no row fails even if an outage lasts several hours. [`Progress::outage`] shows the duration of the outage,
//! [`Outcomes::outage_error`] shows its last error, and [`Bulk::outage_limit`] limits it.
//!
//! A row is sent again only if the [`verdict`](crate::Error::verdict) of its error permits it: the operation must be idempotent, or
//! no connection must have been established. If a probe fails and its row must not be sent again, the row fails.
//!
//! A row that fails three times while other rows succeed counts as failed. At the end of the source, there may be no other row that
//! shows whether the API works, so a row that always fails is then sent again until the [`outage_limit`](Bulk::outage_limit) of 6
//! hours. The same applies if more adjacent rows always fail than may be in memory, which is eight times the concurrency.
//!
//! # Limits
//!
//! The usual limits apply to each call. If waiting for a rate limit may take longer than the default deadline, set a longer
//! deadline in the closure: `|row| client.origins().create_purchase(row).deadline(Duration::from_secs(3_600))`.
//!
//! The calls run in Tokio tasks, so they make progress while you process an outcome. Dropping the stream cancels them. To stop at
//! the first error, `break` out of your loop.

mod into_call;
mod ordered_calls;
mod outage;
mod outcomes;
mod source;

use std::fmt;
use std::mem::take;
use std::num::NonZeroUsize;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;

pub use self::into_call::IntoCall;
use self::ordered_calls::OrderedCalls;
use self::outage::OUTAGE_LIMIT;
pub use self::outcomes::{Outcome, Outcomes, Progress};
use self::source::Source;

/// The default concurrency, which equals the default initial window of the throttle.
const CONCURRENCY: NonZeroUsize = NonZeroUsize::new(16).expect("16 is not zero");

/// A builder for [`Outcomes`].
#[must_use = "a `Bulk` does nothing until `one_by_one` or `in_chunks` is called"]
pub struct Bulk<'a, T> {
    source: Source<'a, T>,
    concurrency: NonZeroUsize,
    outage_limit: Duration,
}

impl<'a, T: 'a> Bulk<'a, T> {
    /// Creates a builder for calls with the rows of an iterator. Each row is taken shortly before it is sent.
    ///
    /// If reading a row can fail, end the iterator at the first error and check for it afterwards:
    ///
    /// ```
    /// # use talkable_api::bulk::Bulk;
    /// # fn example(lines: impl Iterator<Item = std::io::Result<String>> + Send) -> std::io::Result<()> {
    /// let mut read_error = None;
    /// let lines = lines.map_while(|line| line.map_err(|error| read_error = Some(error)).ok());
    /// let bulk = Bulk::new(lines);
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

    /// Creates a builder for calls with the rows of a stream, such as a database cursor. Each row is taken shortly before it is
    /// sent. If reading a row can fail, see the example for [`new`](Self::new).
    pub fn from_stream(rows: impl Stream<Item = T> + Send + 'a) -> Self {
        Self::from_source(Source::from_stream(rows))
    }

    /// Skips the rows before `index`, to resume at the [`Progress::next`] of an earlier run. Indexes still count from the first
    /// row of the source.
    pub fn start_at(mut self, index: u64) -> Self {
        self.source.skip = index;
        self
    }

    /// Limits the number of calls in flight. The default is 16, and 0 counts as 1. A large value is safe, because the client
    /// throttles its calls.
    pub fn concurrency(self, calls: usize) -> Self {
        Self { concurrency: NonZeroUsize::new(calls).unwrap_or(NonZeroUsize::MIN), ..self }
    }

    /// Limits the duration of an [outage](crate::bulk#outages). The default is 6 hours.
    ///
    /// Afterwards, the waiting rows fail with the error of their last call. Later rows are still sent one at a time as probes, and
    /// fail in the same way, until a call succeeds.
    pub fn outage_limit(self, limit: Duration) -> Self {
        Self { outage_limit: limit, ..self }
    }

    /// Sends each row in its own call. The closure can return a `Result`, for rows that can't be converted to a call:
    ///
    /// ```no_run
    /// # #[cfg(feature = "origins")]
    /// # fn example(client: talkable_api::Client, lines: Vec<String>) {
    /// use talkable_api::bulk::Bulk;
    /// use talkable_api::types::{CreatedPurchase, NewPurchase};
    /// use talkable_api::{Call, Decimal, Error, InvalidError};
    ///
    /// let create = |line: &String| -> Result<Call<CreatedPurchase>, Error> {
    ///     let [email, number, amount] = line.split(',').collect::<Vec<_>>()[..] else {
    ///         return Err(InvalidError::new("line", "expected three columns").into());
    ///     };
    ///     let amount = amount.parse::<Decimal>();
    ///     let amount = amount.map_err(|_| InvalidError::new("amount", "not a number"))?;
    ///     Ok(client.origins().create_purchase(&NewPurchase::new(email, number, amount)))
    /// };
    /// let outcomes = Bulk::new(lines).one_by_one(create);
    /// # drop(outcomes);
    /// # }
    /// ```
    pub fn one_by_one<C: IntoCall>(self, mut call: impl FnMut(&T) -> C + Send + 'a) -> Outcomes<'a, T, C::Value> {
        let (progress, mut source) = (self.progress(), self.source);
        let poll_row = move |context: &mut Context<'_>| source.poll_next(context);
        let calls =
            OrderedCalls::new(self.concurrency, self.outage_limit, poll_row, move |row| call(row).into_pending());
        Outcomes { calls, progress, count: |_| 1 }
    }

    /// Sends the rows in chunks of `size`, with one call per chunk. A size of 0 counts as 1.
    ///
    /// The API accepts a chunk before it processes the rows, and never reports which rows it rejects. If you need this
    /// information, send the rows [one by one](Self::one_by_one).
    ///
    /// Talkable does not document a maximum size. While the request for a chunk is being built, the chunk is in memory twice.
    ///
    /// ```no_run
    /// # #[cfg(feature = "origins")]
    /// # async fn example(client: talkable_api::Client, events: Vec<talkable_api::types::NewEvent>) {
    /// use talkable_api::{bulk::Bulk, types::EventBatch};
    ///
    /// let bulk = Bulk::new(events).concurrency(4);
    /// let create = |events| client.origins().create_events(&EventBatch::new(events));
    /// let mut outcomes = bulk.in_chunks(500, create);
    /// while let Some(outcome) = outcomes.next().await {
    ///     if let Err(error) = outcome.result {
    ///         eprintln!("{} rows from row {}: {error}", outcome.input.len(), outcome.index);
    ///     }
    /// }
    /// # }
    /// ```
    pub fn in_chunks<C: IntoCall>(
        self,
        size: usize,
        mut call: impl FnMut(Vec<T>) -> C + Send + 'a,
    ) -> Outcomes<'a, Vec<T>, C::Value>
    where
        T: Clone + Send,
    {
        let progress = self.progress();
        let poll_chunk = poll_chunk(self.source, size.max(1));
        let start = move |rows: &Vec<T>| call(rows.clone()).into_pending();
        let calls = OrderedCalls::new(self.concurrency, self.outage_limit, poll_chunk, start);
        Outcomes { calls, progress, count: |rows| u64::try_from(rows.len()).unwrap_or(u64::MAX) }
    }

    fn from_source(source: Source<'a, T>) -> Self {
        Self { source, concurrency: CONCURRENCY, outage_limit: OUTAGE_LIMIT }
    }

    fn progress(&self) -> Progress {
        Progress { next: self.source.skip, failed: 0, in_flight: 0, total: self.source.total, outage: None }
    }
}

/// Returns a poll function that collects rows into chunks. It returns `None` at the end of the source.
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

impl<T> fmt::Debug for Bulk<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Bulk");
        shown.field("start_at", &self.source.skip).field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
