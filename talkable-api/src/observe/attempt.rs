//! What can be seen of a call while it is under way: its attempts, one by one.
//!
//! ```
//! # use talkable_api::Client;
//! let builder = Client::builder().on_attempt(|attempt| {
//!     let outcome = attempt.error_type().unwrap_or("ok");
//!     println!("{} {} took {:?}: {outcome}", attempt.method(), attempt.template(), attempt.duration());
//! });
//! ```

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{AttemptError, TransportErrorKind};
use crate::observe::CallSpan;
use crate::operation::Operation;
use crate::send::key::ApiKey;
use crate::send::retry_loop::RawResponse;

/// One attempt of a call and how it ended, for [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
///
/// It holds nothing personal: the template in place of the path, and neither query nor body.
///
/// ```
/// # use talkable_api::Attempt;
/// /// The attributes of OpenTelemetry's `http.client.request.duration`.
/// fn record(attempt: &Attempt<'_>) -> [(&'static str, String); 4] {
///     [
///         ("http.request.method", attempt.method().to_string()),
///         ("server.address", attempt.server_address().to_owned()),
///         ("url.template", attempt.template().to_owned()),
///         ("error.type", attempt.error_type().unwrap_or_default().to_owned()),
///     ]
/// }
/// ```
#[non_exhaustive]
pub struct Attempt<'a> {
    client: &'a Client,
    operation: &'static Operation,
    number: u32,
    waited: Duration,
    duration: Duration,
    outcome: Result<StatusCode, TransportErrorKind>,
    request_id: Option<String>,
}

impl Attempt<'_> {
    /// The operation, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.operation()); // such as findPerson
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.operation.id()
    }

    /// The HTTP method.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// let is_read = attempt.method() == talkable_api::Method::GET;
    /// # }
    /// ```
    pub fn method(&self) -> &'static Method {
        self.operation.method()
    }

    /// The path with its arguments in braces, which is the same for every call of an operation.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.template()); // such as /api/v2/people/{person_slug}
    /// # }
    /// ```
    pub fn template(&self) -> &'static str {
        self.operation.template()
    }

    /// The site that the call is for.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.site_slug());
    /// # }
    /// ```
    pub fn site_slug(&self) -> &str {
        self.client.site_slug()
    }

    /// The host that the request went to.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.server_address()); // such as www.talkable.com
    /// # }
    /// ```
    pub fn server_address(&self) -> &str {
        &self.client.settings().server.host
    }

    /// The port that the request went to, if the scheme has one.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{:?}", attempt.server_port()); // such as Some(443)
    /// # }
    /// ```
    pub fn server_port(&self) -> Option<u16> {
        self.client.settings().server.port
    }

    /// Which attempt of the call it was, counted from 1.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// let was_sent_again = attempt.number() > 1;
    /// # }
    /// ```
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How long the call had waited just before this attempt: for leave of the throttle, or after an attempt that failed.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("sent after {:?}", attempt.waited());
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.waited
    }

    /// How long it took from sending to the last byte of the answer, or until there was none to hope for.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{:.3}", attempt.duration().as_secs_f64());
    /// # }
    /// ```
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The status of the answer; none if there was no usable one.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// let is_throttled = attempt.status() == Some(429);
    /// # }
    /// ```
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(StatusCode::as_u16)
    }

    /// Why there was no usable answer; none if there was one, whatever it said.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// let is_slow = attempt.fault() == Some(talkable_api::TransportErrorKind::Timeout);
    /// # }
    /// ```
    pub fn fault(&self) -> Option<TransportErrorKind> {
        self.outcome.err()
    }

    /// What went wrong in a word, as OpenTelemetry's `error.type` has it: the status as a text, or one of `connect`,
    /// `timeout`, `interrupted` and `too_large`. None if the status is good.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.error_type().unwrap_or("ok"));
    /// # }
    /// ```
    pub fn error_type(&self) -> Option<&str> {
        match &self.outcome {
            Ok(status) if status.is_success() => None,
            Ok(status) => Some(status.as_str()),
            Err(kind) => Some(kind.name()),
        }
    }

    /// The `X-Request-Id` of the answer, for the vendor's support.
    ///
    /// ```
    /// # fn example(attempt: &talkable_api::Attempt<'_>) {
    /// println!("{}", attempt.request_id().unwrap_or("without a number"));
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Attempt");
        shown.field("operation", &self.operation()).field("site_slug", &self.site_slug());
        shown.field("number", &self.number).field("waited", &self.waited).field("duration", &self.duration);
        shown.field("outcome", &self.outcome).field("request_id", &self.request_id);
        shown.finish_non_exhaustive()
    }
}

/// Shows the attempts of one call to the hooks and to the span of the call. Without either it does nothing.
pub(crate) struct AttemptObserver<'a> {
    client: &'a Client,
    operation: &'static Operation,
    span: &'a CallSpan,
    /// When the call began; none if nobody looks.
    began: Option<Instant>,
    /// When the last attempt ended, in nanoseconds after that.
    ended: AtomicU64,
}

impl<'a> AttemptObserver<'a> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation, span: &'a CallSpan) -> Self {
        let is_watched = client.settings().hooks.watches_attempts() || span.is_open();
        Self { client, operation, span, began: is_watched.then(Instant::now), ended: AtomicU64::new(0) }
    }

    /// Takes note of the beginning of an attempt.
    pub(crate) fn start(&self) -> Option<Instant> {
        self.began.map(|_| Instant::now())
    }

    /// Tells how an attempt ended.
    pub(crate) fn end(
        &self,
        sent: Option<Instant>,
        number: u32,
        key: &ApiKey,
        outcome: &Result<RawResponse, AttemptError>,
    ) {
        let (Some(began), Some(sent)) = (self.began, sent) else { return };
        let now = Instant::now();
        let last = self.ended.swap(nanoseconds(now - began), Ordering::Relaxed);
        let request_id = match outcome {
            Ok(answer) => answer.request_id(key),
            Err(fault) => fault.request_id.as_deref().map(str::to_owned),
        };
        let attempt = Attempt {
            client: self.client,
            operation: self.operation,
            number,
            waited: (sent - began).saturating_sub(Duration::from_nanos(last)),
            duration: now - sent,
            outcome: outcome.as_ref().map(|answer| answer.status).map_err(|fault| fault.kind),
            request_id,
        };
        self.span.attempted(&attempt);
        if self.client.settings().hooks.attempted(&attempt).is_err() {
            self.span.hook_panicked();
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
