//! Calls whose object may be missing.

use std::future::IntoFuture;

use super::{Call, CallFuture};
use crate::error::Error;

/// A call that returns `None` if the API does not find the object. Created by [`Call::optional`].
#[derive(Debug)]
#[must_use = "a call does nothing until it is awaited"]
pub struct OptionalCall<T>(Call<T>);

impl<T> Call<T> {
    /// Returns `None` instead of an error if an object that the request refers to does not exist, such as a person.
    ///
    /// An unknown site is still an error, as are the other failures that [`Error::is_not_found`] excludes.
    ///
    /// ```no_run
    /// # #[cfg(feature = "people")]
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// match client.people().find("jane@example.com").optional().await? {
    ///     Some(found) => println!("{:?}", found.person.first_name),
    ///     None => println!("unknown"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn optional(self) -> OptionalCall<T> {
        OptionalCall(self)
    }
}

impl<T: 'static> OptionalCall<T> {
    /// Sends the call, like [`Call::send`].
    pub fn send(mut self) -> CallFuture<Option<T>> {
        CallFuture(Box::pin(async move { optional(self.0.deliver().await.map(|(value, _)| value)) }))
    }
}

impl<T: 'static> IntoFuture for OptionalCall<T> {
    type Output = Result<Option<T>, Error>;
    type IntoFuture = CallFuture<Option<T>>;

    fn into_future(self) -> CallFuture<Option<T>> {
        self.send()
    }
}

#[cfg(feature = "blocking")]
impl<T> OptionalCall<T> {
    /// Sends the call like [`Call::wait`](crate::Call::wait), and blocks the thread until the call completes.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Call::wait`](crate::Call::wait), except that a missing object is `None`.
    pub fn wait(self) -> Result<Option<T>, Error> {
        optional(self.0.wait())
    }
}

fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        other => other.map(Some),
    }
}
