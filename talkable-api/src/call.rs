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

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::Client;
use crate::envelope::{self, Unfit};
use crate::error::Error;
use crate::operation::Operation;
use crate::outgoing::Outgoing;
use crate::request::Request;
use crate::response::Response;
use crate::upload::Upload;

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
    outgoing: Outgoing,
    decode: fn(&[u8]) -> Result<T, Unfit>,
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
        self.outgoing.timeout = timeout;
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
        self.outgoing.deadline = deadline;
        self
    }

    /// The request as it would be sent.
    ///
    /// ```
    /// # fn example(call: &talkable_api::Call<String>) {
    /// println!("{}", call.request().template());
    /// # }
    /// ```
    pub fn request(&self) -> Request<'_> {
        Request::new(&self.outgoing)
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
    pub async fn response(self) -> Result<Response<T>, Error> {
        let delivery = self.outgoing.send().await?;
        match (self.decode)(&delivery.answer.body) {
            Ok(value) => Ok(Response {
                status: delivery.answer.status.as_u16(),
                headers: delivery.answer.headers,
                attempts: delivery.effort.attempts,
                waited: delivery.effort.waited,
                value,
            }),
            Err(unfit) => Err(delivery.into_error(unfit)),
        }
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async { Ok(self.response().await?.value) })
    }
}

/// What the generated methods are made of.
#[doc(hidden)]
impl<T: DeserializeOwned> Call<T> {
    pub fn enveloped(client: &Client, operation: &'static Operation) -> Self {
        Self { outgoing: Outgoing::new(client, operation), decode: envelope::enveloped }
    }

    pub fn enveloped_or_default(client: &Client, operation: &'static Operation) -> Self
    where
        T: Default,
    {
        Self { outgoing: Outgoing::new(client, operation), decode: envelope::enveloped_or_default }
    }

    pub fn whole_body(client: &Client, operation: &'static Operation) -> Self {
        Self { outgoing: Outgoing::new(client, operation), decode: envelope::whole_body }
    }

    pub fn segment(mut self, text: impl AsRef<str>) -> Self {
        self.outgoing.push_segment(text.as_ref());
        self
    }

    pub fn segment_number(mut self, number: i64) -> Self {
        self.outgoing.push_segment(&number.to_string());
        self
    }

    pub fn query(mut self, query: &impl Serialize) -> Self {
        self.outgoing.push_query(serde_html_form::to_string(query));
        self
    }

    pub fn data(mut self, data: &impl Serialize) -> Self {
        self.outgoing.set_data(|body| serde_json::to_writer(body, data));
        self
    }

    pub fn optional_data(mut self, data: &impl Serialize) -> Self {
        self.outgoing.set_optional_data(|body| serde_json::to_writer(body, data));
        self
    }

    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.outgoing.set_body(serde_json::to_vec(body));
        self
    }

    pub fn multipart(mut self, upload: Upload) -> Self {
        self.outgoing.set_upload(upload);
        self
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.outgoing.fmt(formatter)
    }
}
