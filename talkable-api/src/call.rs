//! One request as data, until it is awaited.
//!
//! Every method of the resources returns a [`Call`]. It owns all it needs, so it can be stored, changed, looked at, put
//! into a task of its own, or dropped without anything having happened.
//!
//! ```no_run
//! # use std::time::Duration;
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), Box<dyn std::error::Error>> {
//! println!("{} {}", call.request().method(), call.request().template());
//! let value = tokio::spawn(call.timeout(Duration::from_secs(3)).into_future()).await??;
//! # Ok(())
//! # }
//! ```

mod items;
mod response;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::items::{Items, Page};
pub use self::response::Response;
use crate::client::Client;
use crate::decode::envelope::{self, DecodeFailure};
use crate::error::Error;
use crate::operation::Operation;
use crate::request::{DecodableResponse, Request, RequestParts, Upload};

/// A request that is sent when it is awaited, and not before.
///
/// Dropping the future takes the request back as far as that is possible: it isn't sent, or sent again, but what has
/// reached the API may be carried out.
///
/// ```no_run
/// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
/// let value = call.await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    parts: RequestParts,
    decode: fn(&[u8]) -> Result<T, DecodeFailure>,
}

impl<T> Call<T> {
    /// Limits one attempt, from connecting to the last byte of the answer. The client's own limit is 30 seconds.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.timeout(Duration::from_secs(3)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.parts.timeout = timeout;
        self
    }

    /// Limits the call with all its attempts and waits. The client's own limit is 5 minutes.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.deadline(Duration::from_secs(20)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.parts.deadline = deadline;
        self
    }

    /// Limits how often the request is sent, whatever the reasons. The client's own limit is as often as the deadline
    /// allows after a 429, and three times in all after anything else, which a higher number doesn't change.
    ///
    /// If the last attempt that is allowed is answered by a 429, the call ends with that, as [`Error::Api`].
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.attempts(1).await?; // never a second time
    /// # Ok(())
    /// # }
    /// ```
    pub fn attempts(mut self, attempts: u32) -> Self {
        if attempts == 0 {
            self.parts.refuse("attempts", "it is zero");
        }
        self.parts.retry_limits.attempts = attempts;
        self
    }

    /// Limits each single wait of the call. The pauses of a throttled site belong to all its calls, so one call can't make
    /// them shorter, but it can give up: if the next attempt is further away than this, it ends at once with
    /// [`Error::Throttled`], or with what the last attempt came to. Without this, only the deadline limits a wait.
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.pause_cap(Duration::from_secs(2)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn pause_cap(mut self, pause_cap: Duration) -> Self {
        self.parts.retry_limits.pause_cap = pause_cap;
        self
    }

    /// Sends the request at once, however throttled the site is, and takes a 429 for an answer.
    ///
    /// The throttle doesn't learn from it either, so this is for the odd call that is more urgent than all others.
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.throttle_off().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn throttle_off(mut self) -> Self {
        self.parts.retry_limits.is_throttled = false;
        self
    }

    /// Adds a header, in place of one of the same name.
    ///
    /// A name or a value that could break out of its line is refused, and so are the headers that the client answers for:
    /// the key, where the request goes, its method, its body and its connection. Nothing is sent then, and the call ends
    /// with [`Error::Invalid`]. The value is marked sensitive.
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let value = call.header("X-Correlation-Id", "order-1042").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.parts.set_header(name.as_ref(), value.as_ref());
        self
    }

    /// The request as it would be sent, but for what the hooks of [`ClientBuilder`](crate::ClientBuilder) add to it.
    ///
    /// ```
    /// # fn example(call: &talkable_api::Call<String>) {
    /// println!("{}", call.request().template());
    /// # }
    /// ```
    pub fn request(&self) -> Request<'_> {
        Request::new(&self.parts)
    }

    /// Sends the request and gives the answer with its status and headers, and what it took to get it.
    ///
    /// # Errors
    ///
    /// Those of awaiting the call itself; see [`Error`].
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
    /// let response = call.response().await?;
    /// println!("{} {}", response.status, response.value);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn response(mut self) -> Result<Response<T>, Error> {
        let (value, delivery) = self.deliver().await?;
        Ok(Response {
            status: delivery.answer.status.as_u16(),
            headers: delivery.answer.headers,
            attempts: delivery.stats.attempts,
            waited: delivery.stats.waited,
            value,
        })
    }

    /// Whatever is moved into a future is in there twice, so the call is lent to it.
    async fn deliver(&mut self) -> Result<(T, DecodableResponse), Error> {
        let began = self.parts.began();
        let outcome = match self.parts.send().await {
            Ok(delivery) => match delivery.check_depth().and_then(|()| (self.decode)(&delivery.answer.body)) {
                Ok(value) => Ok((value, delivery)),
                Err(unfit) => Err(delivery.into_error(unfit)),
            },
            Err(error) => Err(error),
        };
        self.parts.ended(began, outcome.as_ref().map(|(_, delivery)| delivery.stats));
        outcome
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { self.deliver().await.map(|(value, _)| value) })
    }
}

impl<T: 'static> Call<T> {
    /// Sends it for somebody who only wants to know whether it was answered.
    ///
    /// It stands here and not with its callers, since the compiler looks through all that a call is made of for each future that
    /// holds one.
    pub(crate) fn settled(mut self) -> Pin<Box<dyn Future<Output = Result<(), Error>> + Send>> {
        Box::pin(async move { self.deliver().await.map(drop) })
    }
}

/// What the generated methods are made of.
#[doc(hidden)]
impl<T: DeserializeOwned> Call<T> {
    pub fn enveloped(client: &Client, operation: &'static Operation) -> Self {
        Self { parts: RequestParts::new(client, operation), decode: envelope::enveloped }
    }

    pub fn enveloped_or_default(client: &Client, operation: &'static Operation) -> Self
    where
        T: Default,
    {
        Self { parts: RequestParts::new(client, operation), decode: envelope::enveloped_or_default }
    }

    pub fn whole_body(client: &Client, operation: &'static Operation) -> Self {
        Self { parts: RequestParts::new(client, operation), decode: envelope::whole_body }
    }

    pub fn segment(mut self, text: impl AsRef<str>) -> Self {
        self.parts.push_segment(text.as_ref());
        self
    }

    pub fn segment_number(mut self, number: i64) -> Self {
        self.parts.push_segment(&number.to_string());
        self
    }

    pub fn query(mut self, query: &impl Serialize) -> Self {
        self.parts.push_query(serde_html_form::to_string(query));
        self
    }

    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.parts.set_data(|body| serde_json::to_writer(body, data));
        self
    }

    pub fn optional_data(mut self, data: &impl Serialize) -> Self {
        self.parts.set_optional_data(|body| serde_json::to_writer(body, data));
        self
    }

    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.parts.set_body(serde_json::to_vec(body));
        self
    }

    pub fn multipart(mut self, upload: Upload) -> Self {
        self.parts.set_upload(upload);
        self
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Method;

    #[test]
    fn the_future_of_a_call_is_small() {
        static FIND: Operation = Operation::new("find", Method::GET, "/");
        let client = Client::new("sesame-0123", "my-store").expect("the settings are fit");
        let call: Call<String> = Call::enveloped(&client, &FIND);
        let size = size_of_val(&*call.into_future());
        assert!(size <= 2_048, "{size}");
    }
}
