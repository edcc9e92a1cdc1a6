//! How a call ended, all its attempts and waits together.
//!
//! ```
//! # use talkable_api::Client;
//! let builder = Client::builder().on_call(|outcome| {
//!     let ended = outcome.error_type().unwrap_or("ok");
//!     println!("{} {ended}: {} attempts in {:?}", outcome.operation(), outcome.attempts(), outcome.duration());
//! });
//! ```

use std::fmt;
use std::time::Duration;

use reqwest::Method;

use crate::client::Client;
use crate::error::{CallStats, Error};
use crate::operation::Operation;

/// How a call ended, for [`ClientBuilder::on_call`](crate::ClientBuilder::on_call).
///
/// An answer that says no under a good status, one that doesn't decode, and a call that gave up before it was sent are
/// failures here, and no failed [`Attempt`](crate::Attempt).
///
/// ```
/// # use talkable_api::Outcome;
/// /// What a counter of calls is told.
/// fn labels(outcome: &Outcome<'_>) -> [(&'static str, String); 3] {
///     [
///         ("talkable.operation", outcome.operation().to_owned()),
///         ("talkable.site_slug", outcome.site_slug().to_owned()),
///         ("error.type", outcome.error_type().unwrap_or_default().to_owned()),
///     ]
/// }
/// ```
pub struct Outcome<'a> {
    pub(crate) client: &'a Client,
    pub(crate) operation: &'static Operation,
    pub(crate) duration: Duration,
    pub(crate) result: Result<CallStats, &'a Error>,
}

impl Outcome<'_> {
    /// The operation, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{}", outcome.operation()); // such as findPerson
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.operation.id()
    }

    /// The HTTP method.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// let is_read = outcome.method() == talkable_api::Method::GET;
    /// # }
    /// ```
    pub fn method(&self) -> &'static Method {
        self.operation.method()
    }

    /// The path with its arguments in braces, which is the same for every call of an operation.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{}", outcome.template()); // such as /api/v2/people/{person_slug}
    /// # }
    /// ```
    pub fn template(&self) -> &'static str {
        self.operation.template()
    }

    /// The site that the call was for.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{}", outcome.site_slug());
    /// # }
    /// ```
    pub fn site_slug(&self) -> &str {
        self.client.site_slug()
    }

    /// How often the request was sent.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// let was_never_sent = outcome.attempts() == 0;
    /// # }
    /// ```
    pub fn attempts(&self) -> u32 {
        self.stats().attempts
    }

    /// How much of the time was spent waiting, between the attempts or for leave to make one.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{:.3}", outcome.waited().as_secs_f64());
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.stats().waited
    }

    /// How long the call took with all its attempts and waits.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{:.3}", outcome.duration().as_secs_f64());
    /// # }
    /// ```
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The error that the caller gets; none if the call was answered.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// let is_to_be_looked_at = outcome.error().is_some_and(talkable_api::Error::maybe_executed);
    /// # }
    /// ```
    pub fn error(&self) -> Option<&Error> {
        self.result.err()
    }

    /// What went wrong in a word: the status as a text, one of `connect`, `timeout`, `interrupted` and `too_large`, or
    /// `rejected` (the answer says no under a good status), `decode`, `throttled` or `invalid`. None if the call was
    /// answered.
    ///
    /// ```
    /// # fn example(outcome: &talkable_api::Outcome<'_>) {
    /// println!("{}", outcome.error_type().unwrap_or("ok"));
    /// # }
    /// ```
    pub fn error_type(&self) -> Option<&str> {
        self.error().map(Error::type_name)
    }

    fn stats(&self) -> CallStats {
        self.result.unwrap_or_else(Error::stats)
    }
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Outcome");
        shown.field("operation", &self.operation()).field("site_slug", &self.site_slug());
        shown.field("attempts", &self.attempts()).field("waited", &self.waited()).field("duration", &self.duration);
        shown.field("error", &self.error()).finish()
    }
}
