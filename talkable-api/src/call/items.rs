//! Streams over paginated listings.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::call::Call;
use crate::error::Error;

/// A page of a listing.
#[doc(hidden)]
pub trait Page {
    /// The type of the items.
    type Item;

    /// Returns the items on this page, and the number of items on all pages if the API reports it.
    fn into_parts(self) -> (Vec<Self::Item>, Option<i64>);
}

type Parts<T> = (Vec<T>, Option<i64>);
type Pending<T> = Pin<Box<dyn Future<Output = Result<Parts<T>, Error>> + Send>>;

/// A [`Stream`] of the items in a listing.
///
/// The stream requests each page on demand, and ends after the last item or the first error.
///
/// # Cancel safety
///
/// Dropping a future of [`next`](Self::next) or [`try_next`](Self::try_next) loses nothing: the request for a page continues at
/// the next poll, and no item is skipped. Dropping the stream cancels the request.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<T> {
    call: Box<dyn FnMut(i64) -> Pending<T> + Send>,
    page: i64,
    pending: Option<Pending<T>>,
    ready: std::vec::IntoIter<T>,
    seen: usize,
    is_last: bool,
}

impl<T: 'static> Items<T> {
    /// Creates a stream from a function that returns the call for each page. Page numbers start at 1.
    #[doc(hidden)]
    pub fn new<P>(mut call: impl FnMut(i64) -> Call<P> + Send + 'static) -> Self
    where
        P: Page<Item = T> + 'static,
    {
        let call = move |page| -> Pending<T> {
            let pending = call(page).send();
            Box::pin(async move { Ok(pending.await?.into_parts()) })
        };
        Self { call: Box::new(call), page: 0, pending: None, ready: Vec::new().into_iter(), seen: 0, is_last: false }
    }
}

impl<T> Items<T> {
    /// Returns the next item, or `None` after the last item.
    ///
    /// # Errors
    ///
    /// If the call for the next page fails. The stream then ends.
    pub async fn try_next(&mut self) -> Result<Option<T>, Error> {
        self.next().await.transpose()
    }

    /// Returns the next item or error, or `None` after the end of the stream.
    pub async fn next(&mut self) -> Option<Result<T, Error>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    fn take_page(&mut self, page: Result<Parts<T>, Error>) -> Result<(), Error> {
        let (items, total) = page.inspect_err(|_| self.is_last = true)?;
        self.seen = self.seen.saturating_add(items.len());
        let has_all = total.and_then(|total| usize::try_from(total).ok()).is_some_and(|total| self.seen >= total);
        self.is_last = items.is_empty() || has_all;
        self.ready = items.into_iter();
        Ok(())
    }
}

/// A stream does not pin its items.
impl<T> Unpin for Items<T> {}

impl<T> Stream for Items<T> {
    type Item = Result<T, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let items = self.get_mut();
        loop {
            if let Some(item) = items.ready.next() {
                return Poll::Ready(Some(Ok(item)));
            }
            if items.is_last {
                return Poll::Ready(None);
            }
            let pending = match &mut items.pending {
                Some(pending) => pending,
                empty => {
                    items.page += 1;
                    empty.insert((items.call)(items.page))
                }
            };
            let page = ready!(pending.as_mut().poll(context));
            items.pending = None;
            if let Err(error) = items.take_page(page) {
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Items");
        shown.field("page", &self.page).field("seen", &self.seen).field("is_last", &self.is_last);
        shown.finish_non_exhaustive()
    }
}
