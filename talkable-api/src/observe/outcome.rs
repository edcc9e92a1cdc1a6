//! The ends of calls, as hooks see them.

use std::time::Duration;

use crate::call_info::CallInfo;
use crate::error::Error;

/// The end of a call, for [`ClientBuilder::on_call`](crate::ClientBuilder::on_call).
///
/// It includes failures that no [`Attempt`](crate::Attempt) shows: a call that was not sent, `ok: false` with a 2xx, and a
/// response that does not decode.
#[derive(Debug)]
#[non_exhaustive]
pub struct CallOutcome<'a> {
    /// The operation, attempts and request id of the call.
    pub info: CallInfo,
    /// The slug of the site.
    pub site_slug: &'a str,
    /// The duration of the call with all its attempts and waits.
    pub duration: Duration,
    /// The error of the call; `None` if it succeeded.
    pub error: Option<&'a Error>,
}

impl CallOutcome<'_> {
    /// OpenTelemetry's `error.type`: the status as a string, [`TransportErrorKind::name`](crate::TransportErrorKind::name),
    /// `rejected` (`ok: false` with a 2xx), `decode`, `throttled` or `invalid`. `None` if the call succeeded.
    pub fn error_type(&self) -> Option<&str> {
        self.error.map(Error::type_name)
    }
}
