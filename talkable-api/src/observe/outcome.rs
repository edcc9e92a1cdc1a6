//! The end of a call, as hooks see it.

use std::fmt;
use std::time::Duration;

use crate::call_info::CallInfo;
use crate::error::Error;

/// How a call ended, for [`ClientBuilder::on_call`](crate::ClientBuilder::on_call).
///
/// It includes failures that no [`Attempt`](crate::Attempt) shows: a call that gave up before it was sent, `ok: false` with a
/// good status, and a response that does not decode.
///
/// ```
/// # use talkable_api::Outcome;
/// /// The labels of a counter.
/// fn labels(outcome: &Outcome<'_>) -> [(&'static str, String); 3] {
///     [
///         ("talkable.operation", outcome.info().operation().to_owned()),
///         ("talkable.site_slug", outcome.site_slug().to_owned()),
///         ("error.type", outcome.error_type().unwrap_or_default().to_owned()),
///     ]
/// }
/// ```
pub struct Outcome<'a> {
    pub(crate) info: CallInfo,
    pub(crate) site_slug: &'a str,
    pub(crate) duration: Duration,
    pub(crate) error: Option<&'a Error>,
}

impl Outcome<'_> {
    /// The facts about the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The site of the call.
    pub fn site_slug(&self) -> &str {
        self.site_slug
    }

    /// The duration of the call with all its attempts and waits.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The error that the caller gets.
    pub fn error(&self) -> Option<&Error> {
        self.error
    }

    /// The value of OpenTelemetry's `error.type`: the status as text, one of `connect`, `timeout`, `interrupted` and
    /// `too_large`, or `rejected` (`ok: false` with a good status), `decode`, `throttled` or `invalid`. `None` if the call
    /// succeeded.
    pub fn error_type(&self) -> Option<&str> {
        self.error.map(Error::type_name)
    }
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Outcome");
        shown.field("info", &self.info).field("site_slug", &self.site_slug);
        shown.field("duration", &self.duration).field("error", &self.error).finish()
    }
}
