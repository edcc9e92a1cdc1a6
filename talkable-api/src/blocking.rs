//! Blocking calls: [`wait`](Call::wait) makes a call without `async`.
//!
//! ```no_run
//! # #[cfg(feature = "people")]
//! # fn example() -> Result<(), talkable_api::Error> {
//! let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
//! let found = client.people().find("jane@example.com").wait()?;
//! println!("{:?}", found.person.first_name);
//! # Ok(())
//! # }
//! ```
//!
//! | | async | blocking |
//! |---|---|---|
//! | a call | `call.await?` | [`call.wait()?`](Call::wait) |
//! | a call with status and headers | `call.response().await?` | [`call.wait_response()?`](Call::wait_response) |
//! | a listing | `items.try_next().await?` | `for item in` [`items.wait()?`](Items::wait) |
//! | a download | `download.bytes().await?` | [`download.wait_bytes()?`](Download::wait_bytes) |
//! | a download in chunks | `download.chunk().await?` | `for chunk in` [`download.wait()?`](Download::wait) |
//! | bulk calls | `outcomes.next().await` | `for outcome in` [`outcomes.wait()?`](Outcomes::wait) |
//! | a file to upload | `Upload::from_file(path).await?` | [`Upload::read_file(path)?`](crate::Upload::read_file) |
//! | an upload in chunks | `Upload::from_stream` | [`Upload::from_reader`](crate::Upload::from_reader) |
//!
//! There is no separate blocking client, so a program can use `await` and `wait` with the same client and throttle.
//!
//! # Threads
//!
//! Waiting is allowed on threads that are not running an async task, and inside `tokio::task::spawn_blocking` and
//! `block_in_place`. Inside a Tokio task, `wait` returns [`Error::Invalid`] and sends nothing, because waiting would block
//! other tasks. Tasks of other runtimes and tasks in `tokio::task::unconstrained` are not detected, so `wait` blocks them.
//!
//! A call runs on the thread that waits for it. The first call to `wait` starts a background thread named `talkable-api`, which
//! serves the connections of all clients. A client that is also used from async code has separate connections there.

mod runtime;
mod upload;

use std::future::poll_fn;
use std::pin::pin;

use bytes::Bytes;
use futures_core::Stream;

use self::runtime::Runtime;
use crate::bulk::Outcomes;
use crate::call::{Call, Download, Items, Response};
use crate::error::Error;

impl<T> Call<T> {
    /// Sends the call and blocks the thread until the call completes.
    ///
    /// # Errors
    ///
    /// Returns the same errors as awaiting the call, and [`Error::Invalid`] inside a Tokio task; see
    /// [`blocking`](crate::blocking).
    pub fn wait(self) -> Result<T, Error> {
        Ok(self.wait_response()?.value)
    }

    /// Sends the call like [`Call::response`], and blocks the thread until the call completes.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`wait`](Self::wait).
    pub fn wait_response(self) -> Result<Response<T>, Error> {
        Runtime::get()?.block_on(self.response())
    }
}

impl<T> Items<T> {
    /// Converts the stream to an iterator, which blocks while it waits for a page.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside a Tokio task; see [`blocking`](crate::blocking).
    pub fn wait(self) -> Result<BlockingIter<Self>, Error> {
        BlockingIter::new(self)
    }
}

impl Download {
    /// Converts the download to an iterator, which blocks while it waits for a chunk.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside a Tokio task; see [`blocking`](crate::blocking).
    pub fn wait(self) -> Result<BlockingIter<Self>, Error> {
        BlockingIter::new(self)
    }

    /// Reads the rest of the body into memory like [`bytes`](Self::bytes), and blocks until it is complete.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`bytes`](Self::bytes), and [`Error::Invalid`] inside a Tokio task.
    pub fn wait_bytes(self) -> Result<Bytes, Error> {
        Runtime::get()?.block_on(self.bytes())
    }

    /// Reads the rest of the body into memory like [`text`](Self::text), and blocks until it is complete.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`text`](Self::text), and [`Error::Invalid`] inside a Tokio task.
    pub fn wait_text(self) -> Result<String, Error> {
        Runtime::get()?.block_on(self.text())
    }
}

impl<I, R: Send + 'static> Outcomes<'_, I, R> {
    /// Converts the stream to an iterator, which blocks while it waits for an outcome.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside a Tokio task; see [`blocking`](crate::blocking).
    pub fn wait(self) -> Result<BlockingIter<Self>, Error> {
        BlockingIter::new(self)
    }
}

/// A blocking iterator over a stream, returned by the `wait` methods of [`Items`] and [`Outcomes`].
#[derive(Debug)]
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct BlockingIter<S> {
    stream: S,
    runtime: Runtime,
}

impl<S> BlockingIter<S> {
    /// Returns the stream, for example to read its progress.
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// Returns the stream as a mutable reference, for example to [`stop`](Outcomes::stop) it.
    pub fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }

    fn new(stream: S) -> Result<Self, Error> {
        Ok(Self { stream, runtime: Runtime::get()? })
    }
}

impl<S: Stream + Unpin> Iterator for BlockingIter<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        let mut stream = pin!(&mut self.stream);
        self.runtime.block_on(poll_fn(|context| stream.as_mut().poll_next(context)))
    }
}
