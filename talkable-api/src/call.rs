//! Calls: requests that are sent when they are awaited.

mod build;
mod download;
mod future;
mod items;
mod optional;
mod redirect;
mod response;
mod stored;

use std::fmt;
use std::future::IntoFuture;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

pub use self::download::Download;
pub use self::future::CallFuture;
pub use self::items::{Items, Page};
pub use self::optional::OptionalCall;
pub use self::redirect::Redirect;
pub use self::response::Response;
pub use self::stored::StoredCall;
use crate::call_info::{CallInfo, CallStats};
use crate::decode::envelope::DecodeFailure;
use crate::error::Error;
use crate::observe::CallOutcome;
use crate::request::{BeforeSend, Request};
use crate::send::{self, Context, DecodableResponse, RetryLimits};

/// A request that is sent when it is awaited.
///
/// A call owns its data, so it can be stored and spawned. [`send`](Self::send) returns its future, and
/// [`CallFuture`] documents what happens if the future is dropped.
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    context: Context,
    request: Request,
    limits: RetryLimits,
    decode: Decoder<T>,
}

/// A function that returns the value of a response.
type Decoder<T> = fn(&mut DecodableResponse) -> Result<T, DecodeFailure>;

impl<T> Call<T> {
    /// Limits the duration of each attempt, from connecting to the end of the response. By default, the client's timeout applies.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Limits the duration of the whole call, including all its attempts and waits. By default, the client's deadline applies.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = deadline;
        self
    }

    /// Limits the number of attempts. By default, a call is retried after a 429 until its deadline, and has at
    /// most three attempts after other failures. This limit replaces both.
    ///
    /// If the last attempt gets a 429, the call fails with [`Error::Api`].
    pub fn attempts(mut self, attempts: u32) -> Self {
        if attempts == 0 {
            self.request.reject("attempts", "must not be zero");
        }
        self.limits.attempts = Some(attempts);
        self
    }

    /// Limits the duration of each wait. By default, waits are limited only by the deadline.
    ///
    /// If the next wait would exceed this cap, the call fails at once with [`Error::Throttled`] or with the error of
    /// the last attempt. The cap does not shorten the throttle's pauses, which apply to all calls for the site.
    pub fn pause_cap(mut self, pause_cap: Duration) -> Self {
        self.limits.pause_cap = pause_cap;
        self
    }

    /// Bypasses the throttle, for urgent calls. The call is then sent at once, and is not retried after a 429.
    pub fn throttle_off(mut self) -> Self {
        self.limits.is_throttled = false;
        self
    }

    /// Adds a header, or replaces an existing header with the same name. The value is marked as sensitive.
    ///
    /// The call fails with [`Error::Invalid`] if the header is invalid or reserved. Headers that control the
    /// credentials, the destination, the method, the body or the connection are reserved.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.request.set_header(name, value);
        self
    }

    /// Adds a query parameter that the API's document does not contain. Only a parameter whose name ends with `[]` can be added
    /// more than once.
    ///
    /// Name and value are percent-encoded. The call fails with [`Error::Invalid`] if the parameter is already set or reserved. The
    /// parameters for the site, the API key and the method are reserved.
    pub fn extra_query(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.request.add_query(name.as_ref(), value.as_ref());
        self
    }

    /// Adds a field that the API's document does not contain, or a field that is explicitly null, to the `data` object of the
    /// body. If the operation has no `data`, the field is added to the body itself.
    ///
    /// The call fails with [`Error::Invalid`] if the field is already set or reserved, or if the request has no JSON body.
    ///
    /// ```no_run
    /// # #[cfg(feature = "people")]
    /// # async fn example(client: talkable_api::Client) -> Result<(), talkable_api::Error> {
    /// use talkable_api::types::PersonUpdate;
    ///
    /// // Removes the phone number. A setter that is not called leaves the field unchanged.
    /// let update = client.people().update("jane@example.com", &PersonUpdate::new());
    /// update.extra_body("phone_number", &None::<&str>).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn extra_body(mut self, name: impl AsRef<str>, value: &impl Serialize) -> Self {
        self.request.add_field(name.as_ref(), value);
        self
    }

    /// Sets an asynchronous hook that runs before each attempt, after the throttle has granted a slot and before the request is
    /// sent.
    ///
    /// Use it to record that the request is about to be sent. After a crash, a call without this record was certainly not sent. If
    /// the hook fails or exceeds the [`deadline`](Self::deadline), the attempt is not sent, and the call fails with
    /// [`Error::Hook`]. The call holds its slot while the hook runs, so the hook should be fast. A second hook replaces the first
    /// one.
    ///
    /// ```no_run
    /// # #[cfg(feature = "origins")]
    /// # async fn example(client: talkable_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// # async fn mark_as_sending(_: i64) -> Result<(), std::io::Error> { Ok(()) }
    /// use talkable_api::types::NewRefund;
    ///
    /// let task = 7;
    /// let call = client.origins().refund("1042", &NewRefund::new());
    /// call.before_send(move |_| async move { mark_as_sending(task).await }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn before_send<F, Output, E>(mut self, hook: F) -> Self
    where
        F: Fn(CallInfo) -> Output + Send + Sync + 'static,
        Output: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let hook = BeforeSend(Box::new(move |info| {
            let output = hook(info);
            Box::pin(async move { output.await.map_err(Into::into) })
        }));
        self.request.before_send = Some(Box::new(hook));
        self
    }

    /// Decodes the result as another type: `serde_json::Value`, `Box<serde_json::value::RawValue>` for the exact JSON text, or
    /// your own struct, such as one with fields that this crate does not have. The envelope is removed.
    ///
    /// The call fails with [`Error::Invalid`] if its result is a [`Download`] or a [`Redirect`].
    ///
    /// ```no_run
    /// # #[cfg(feature = "people")]
    /// # async fn example(client: talkable_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use talkable_api::serde_json::value::RawValue;
    ///
    /// // All personal data, including the fields that this crate does not have.
    /// let call = client.people().personal_data("jane@example.com");
    /// let data = call.decode_as::<Box<RawValue>>().await?;
    /// std::fs::write("jane.json", data.get())?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn decode_as<U: DeserializeOwned>(self) -> Call<U> {
        let Self { context, mut request, limits, .. } = self;
        if let Err(error) = stored::check_result(request.operation) {
            request.fail(error);
        }
        Call { context, request, limits, decode: build::decode_result }
    }

    /// The request to be sent, without the headers added by [`on_request`](crate::ClientBuilder::on_request) hooks.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Sends the call, like `.await`, and returns its future as a named type, for combinators and structs. Nothing is sent until
    /// the future is polled.
    ///
    /// ```no_run
    /// # #[cfg(feature = "people")]
    /// # async fn example(client: talkable_api::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let person = tokio::spawn(client.people().find("jane@example.com").send());
    /// let (rewards, shares) = tokio::try_join!(
    ///     client.people().rewards("jane@example.com").send(),
    ///     client.people().shares("jane@example.com").send(),
    /// )?;
    /// println!("{:?}", person.await??.person.email);
    /// println!("{} rewards and {} shares", rewards.rewards.len(), shares.shares.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn send(mut self) -> CallFuture<T>
    where
        T: 'static,
    {
        CallFuture(Box::pin(async move { self.deliver().await.map(|(value, _)| value) }))
    }

    /// Sends the call, and returns the value with the status, the headers, the body and the [`CallInfo`].
    ///
    /// Dropping the future cancels the call, as for [`CallFuture`].
    ///
    /// # Errors
    ///
    /// The call fails with the same errors as when it is awaited.
    pub async fn response(mut self) -> Result<Response<T>, Error> {
        let (value, response) = self.deliver().await?;
        let (info, raw) = (response.info(), response.raw);
        Ok(Response { status: raw.status.as_u16(), headers: raw.headers, body: raw.body.into_bytes(), info, value })
    }

    /// Sends the call, and returns the decoded value together with the response.
    ///
    /// The call is borrowed to keep the future small. A future that takes a value by move reserves space for it twice.
    async fn deliver(&mut self) -> Result<(T, DecodableResponse), Error> {
        let settings = &self.context.shared.settings;
        let began = (!settings.hooks.on_call.is_empty()).then(Instant::now);
        let response = send::send(&self.context, &mut self.request, &self.limits).await;
        let result = response.and_then(|response| response.decode(self.decode, settings.response.json_depth));
        if let Some(began) = began {
            self.report(began, &result);
        }
        result
    }

    fn report(&self, began: Instant, result: &Result<(T, DecodableResponse), Error>) {
        let info = match result {
            Ok((_, response)) => Some(response.info()),
            Err(error) => error.info().cloned(),
        };
        let unsent = || CallInfo { operation: self.request.operation, stats: CallStats::default(), request_id: None };
        let outcome = CallOutcome {
            info: info.unwrap_or_else(unsent),
            site_slug: &self.request.site_slug,
            duration: began.elapsed(),
            error: result.as_ref().err(),
        };
        self.context.shared.settings.hooks.ended(&outcome);
    }
}

impl<T: 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = CallFuture<T>;

    fn into_future(self) -> CallFuture<T> {
        self.send()
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.request.operation;
        let mut shown = formatter.debug_struct("Call");
        shown.field("operation", &operation.id).field("method", &operation.method);
        shown.field("template", &operation.template).field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Method;
    use serde_json::Value;

    use super::*;
    use crate::client::Client;
    use crate::operation::Operation;

    #[test]
    fn the_future_of_a_call_is_small() {
        static FIND: Operation = Operation::new("find", Method::GET, "/");
        let client = Client::new("sesame-0123", "my-store").expect("valid settings");
        let call: Call<String> = Call::enveloped(&client, &FIND);
        let size = size_of_val(&*call.send().0);
        assert!(size <= 2_120, "{size}");
    }

    #[tokio::test]
    async fn a_result_that_is_not_json_does_not_decode_as_another_type() {
        static EXPORT: Operation = Operation::new("export", Method::GET, "/").download();
        static VISIT: Operation = Operation::new("visit", Method::GET, "/").redirect();
        let client = Client::new("sesame-0123", "my-store").expect("valid settings");
        let export = Call::download(&client, &EXPORT).decode_as::<Value>().await;
        let visit = Call::redirect(&client, &VISIT).decode_as::<Value>().await;
        for error in [export, visit].map(|result| result.expect_err("the result is not JSON")) {
            let expected = "invalid operation: the result of the operation is not JSON; help: call the typed method of the operation";
            assert_eq!(error.to_string(), expected);
        }
    }
}
