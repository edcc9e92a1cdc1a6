//! Calls without `async`: build them as always, and [`wait`](Call::wait) for them.
//!
//! ```no_run
//! # #[cfg(all(feature = "assets", feature = "people"))]
//! # fn example() -> Result<(), talkable_api::Error> {
//! use std::time::Duration;
//!
//! use talkable_api::blocking::Client;
//! use talkable_api::types::AssetQuery;
//!
//! let client = Client::new("a-key-of-your-site", "my-store")?;
//! let found = client.people().find("jane@example.com").wait()?;
//! println!("{:?}", found.person.first_name);
//!
//! let call = client.people().find("jane@example.com").timeout(Duration::from_secs(3));
//! println!("after {} attempts", call.wait_response()?.info.attempts());
//!
//! for asset in client.assets().list_all(AssetQuery::new()).wait()? {
//!     println!("{:?}", asset?.url);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | what | to await | to wait for |
//! |---|---|---|
//! | a call | `call.await?` | [`call.wait()?`](Call::wait) |
//! | … with status and headers | `call.response().await?` | [`call.wait_response()?`](Call::wait_response) |
//! | a listing | `items.try_next().await?` | `for item in` [`items.wait()?`](Items::wait) |
//! | a bulk | `rows.next().await` | `for row in` [`rows.wait()?`](Rows::wait) |
//! | a file from disk | `Upload::from_file(path).await?` | [`Upload::read_file(path)?`](crate::Upload::read_file) |
//! | a file piece by piece | `Upload::from_stream` | [`Upload::from_reader`](crate::Upload::from_reader) |
//!
//! # Why there is no second client
//!
//! A [`Call`] is one request as data, and nothing about it is asynchronous until it is sent. So all that a blocking surface
//! needs is a second way to send it. [`Client`] here is the client itself; its resources, methods, types and
//! settings are the same, none of them exists twice, and a program may await in one place and wait in another, under one
//! throttle.
//!
//! # Where waiting is allowed
//!
//! On every thread that runs no asynchronous task, in `tokio::task::spawn_blocking`, and in `block_in_place`. Inside a
//! task of Tokio's, where it would hold up other tasks, `wait` gives [`Error::Invalid`] and nothing is sent. Tasks of other
//! runtimes and those in `tokio::task::unconstrained` can't be told from threads; they are held up, and nothing else happens.
//!
//! A call runs on the thread that waits for it. Connections are served by one thread more, named `talkable-api`, which is
//! started by the first wait and shared by all. Those of a client that also awaits end with the runtime that opened them,
//! and are opened anew.

mod runtime;
mod upload;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;

use futures_core::Stream;

use self::runtime::Waiting;
pub use crate::Client;
use crate::bulk::{Chunks, Rows};
use crate::call::Call;
use crate::call::Items;
use crate::call::Response;
use crate::error::Error;

impl<T> Call<T> {
    /// Sends the request and waits for the answer on this thread.
    ///
    /// # Errors
    ///
    /// Those of awaiting the call, and [`Error::Invalid`] inside an asynchronous task; see [`blocking`](crate::blocking).
    ///
    /// ```no_run
    /// # fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.wait()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(self) -> Result<T, Error> {
        Ok(self.wait_response()?.value)
    }

    /// Sends the request and waits for the answer with its status and headers, and what it took to get it.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait).
    ///
    /// ```no_run
    /// # fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let response = call.wait_response()?;
    /// println!("{} {}", response.status, response.value);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait_response(self) -> Result<Response<T>, Error> {
        Waiting::allowed()?.on(self.response())
    }
}

impl<T> Items<T> {
    /// The items as an iterator, which waits for the next page on the thread that asks for it.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside an asynchronous task; see [`blocking`](crate::blocking).
    ///
    /// ```no_run
    /// # fn example(items: talkable_api::Items<String>) -> Result<(), talkable_api::Error> {
    /// for item in items.wait()? {
    ///     println!("{}", item?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(self) -> Result<Waited<Self>, Error> {
        Waited::new(self)
    }
}

impl<T, R: Send + 'static> Rows<'_, T, R> {
    /// The rows as an iterator, which waits for results on the thread that asks for them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside an asynchronous task; see [`blocking`](crate::blocking).
    ///
    /// ```no_run
    /// # fn example(rows: talkable_api::bulk::Rows<'_, String, ()>) -> Result<(), talkable_api::Error> {
    /// for row in rows.wait()? {
    ///     println!("{}: {:?}", row.index, row.result);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(self) -> Result<Waited<Self>, Error> {
        Waited::new(self)
    }
}

impl<T> Chunks<'_, T> {
    /// The chunks as an iterator, which waits for results on the thread that asks for them.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] inside an asynchronous task; see [`blocking`](crate::blocking).
    ///
    /// ```no_run
    /// # fn example(chunks: talkable_api::bulk::Chunks<'_, String>) -> Result<(), talkable_api::Error> {
    /// for chunk in chunks.wait()? {
    ///     println!("{}: {:?}", chunk.first, chunk.result);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn wait(self) -> Result<Waited<Self>, Error> {
        Waited::new(self)
    }
}

/// A stream as an iterator: of [`Items`], [`Rows`] or [`Chunks`], by the methods named `wait`.
///
/// ```no_run
/// # fn example(rows: talkable_api::bulk::Rows<'_, String, ()>) -> Result<(), talkable_api::Error> {
/// let mut waited = rows.wait()?;
/// while let Some(row) = waited.next() {
///     println!("{} of {:?}", row.index, waited.stream().progress().total);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "an iterator does nothing until it is asked for its items"]
pub struct Waited<S> {
    stream: S,
    waiting: Waiting,
}

impl<S> Waited<S> {
    fn new(stream: S) -> Result<Self, Error> {
        Ok(Self { stream, waiting: Waiting::allowed()? })
    }

    /// The stream behind it.
    ///
    /// ```no_run
    /// # use talkable_api::bulk::Rows;
    /// # fn example(waited: &talkable_api::blocking::Waited<Rows<'_, String, ()>>) {
    /// println!("{:?}", waited.stream().progress());
    /// # }
    /// ```
    pub fn stream(&self) -> &S {
        &self.stream
    }

    /// The stream behind it, to [`stop`](Rows::stop) it for example.
    ///
    /// ```no_run
    /// # use talkable_api::bulk::Rows;
    /// # fn example(waited: &mut talkable_api::blocking::Waited<Rows<'_, String, ()>>) {
    /// waited.stream_mut().stop();
    /// # }
    /// ```
    pub fn stream_mut(&mut self) -> &mut S {
        &mut self.stream
    }
}

impl<S: Stream + Unpin> Iterator for Waited<S> {
    type Item = S::Item;

    fn next(&mut self) -> Option<S::Item> {
        let mut stream = pin!(&mut self.stream);
        self.waiting.on(poll_fn(|context| stream.as_mut().poll_next(context)))
    }
}

impl<S: fmt::Debug> fmt::Debug for Waited<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Waited").field("stream", &self.stream).finish_non_exhaustive()
    }
}
