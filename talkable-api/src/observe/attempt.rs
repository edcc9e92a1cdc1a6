//! Attempts, as hooks see them.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::Server;
use crate::call_info::CallInfo;
use crate::error::TransportErrorKind;

/// One attempt of a call, for [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
///
/// It contains no personal data: the path template instead of the path, and neither query nor body.
#[non_exhaustive]
pub struct Attempt<'a> {
    pub(super) info: CallInfo,
    pub(super) site_slug: &'a str,
    pub(super) server: &'a Server,
    pub(super) delay: Duration,
    pub(super) duration: Duration,
    pub(super) outcome: Result<StatusCode, TransportErrorKind>,
}

impl Attempt<'_> {
    /// The call so far. [`CallInfo::attempts`] is the number of this attempt, from 1.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &str {
        self.site_slug
    }

    /// The host of the API, such as `www.talkable.com`.
    pub fn server_address(&self) -> &str {
        &self.server.host
    }

    /// The port of the API.
    pub fn server_port(&self) -> Option<u16> {
        self.server.port
    }

    /// The wait right before this attempt, for a slot or after a failure.
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// The time from sending the request to the end of the response, or to the failure.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The HTTP status, if there is a complete response.
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(StatusCode::as_u16)
    }

    /// The kind of failure, if there is no complete response.
    pub fn error(&self) -> Option<TransportErrorKind> {
        self.outcome.err()
    }

    /// OpenTelemetry's `error.type`: the status as a string, or [`TransportErrorKind::name`]. `None` after a 2xx.
    pub fn error_type(&self) -> Option<&str> {
        match &self.outcome {
            Ok(status) if status.is_success() => None,
            Ok(status) => Some(status.as_str()),
            Err(kind) => Some(kind.name()),
        }
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Attempt");
        shown.field("info", &self.info).field("site_slug", &self.site_slug).field("delay", &self.delay);
        shown.field("duration", &self.duration).field("outcome", &self.outcome).finish_non_exhaustive()
    }
}
