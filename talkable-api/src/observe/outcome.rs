//! The ends of calls, as hooks see them.

use std::fmt;
use std::time::Duration;

use crate::call_info::CallInfo;
use crate::error::Error;

/// The end of a call, for [`ClientBuilder::on_call`](crate::ClientBuilder::on_call).
///
/// It includes failures that no [`Attempt`](crate::Attempt) shows: a call that was not sent, `ok: false` with a 2xx, and a
/// response that does not decode.
pub struct CallOutcome<'a> {
    pub(crate) info: CallInfo,
    pub(crate) site_slug: &'a str,
    pub(crate) duration: Duration,
    pub(crate) error: Option<&'a Error>,
}

impl CallOutcome<'_> {
    /// The operation, attempts and request id of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &str {
        self.site_slug
    }

    /// The duration of the call with all its attempts and waits.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The error of the call; `None` if it succeeded.
    pub fn error(&self) -> Option<&Error> {
        self.error
    }

    /// OpenTelemetry's `error.type`: the status as a string, [`TransportErrorKind::name`](crate::TransportErrorKind::name),
    /// `rejected` (`ok: false` with a 2xx), `decode`, `throttled` or `invalid`. `None` if the call succeeded.
    pub fn error_type(&self) -> Option<&str> {
        self.error.map(Error::type_name)
    }
}

impl fmt::Debug for CallOutcome<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CallOutcome");
        shown.field("info", &self.info).field("site_slug", &self.site_slug);
        shown.field("duration", &self.duration).field("error", &self.error).finish()
    }
}
