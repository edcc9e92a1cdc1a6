//! Outcomes of calls, as reported to hooks.

use std::time::Duration;

use crate::call_info::CallInfo;
use crate::error::Error;

/// The outcome of a call, passed to [`ClientBuilder::on_call`](crate::ClientBuilder::on_call) hooks.
///
/// Some failures appear only here and not in an [`Attempt`](crate::Attempt): a call that was not sent, a 2xx response
/// with `ok: false`, and a response that does not decode.
#[derive(Debug)]
#[non_exhaustive]
pub struct CallOutcome<'a> {
    /// The operation, attempts and request id of the call.
    pub info: CallInfo,
    /// The slug of the site.
    pub site_slug: &'a str,
    /// The duration of the call, including all attempts and waits.
    pub duration: Duration,
    /// The error of the call. `None` if the call succeeded.
    pub error: Option<&'a Error>,
}

impl CallOutcome<'_> {
    /// OpenTelemetry's `error.type`: the status as a string,
    /// [`TransportErrorKind::name`](crate::TransportErrorKind::name), `rejected` (a 2xx response with `ok: false`),
    /// `decode`, `throttled` or `invalid`. `None` if the call succeeded.
    pub fn error_type(&self) -> Option<&str> {
        self.error.map(Error::type_name)
    }
}
