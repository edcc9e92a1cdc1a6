//! Attempts, as reported to hooks.

use std::time::Duration;

use reqwest::StatusCode;

use crate::call_info::CallInfo;
use crate::error::TransportErrorKind;

/// An attempt to send a call, passed to [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt) hooks.
///
/// An attempt contains no personal data: it includes the path template, but not the path, the query or the body.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The information about the call so far. [`CallInfo::attempts`] is the number of this attempt, starting at 1.
    /// [`CallInfo::maybe_executed`] covers only the earlier attempts.
    pub info: CallInfo,
    /// The slug of the site.
    pub site_slug: &'a str,
    /// The host of the API, such as `www.talkable.com`.
    pub server_address: &'a str,
    /// The port of the API.
    pub server_port: Option<u16>,
    /// The time spent waiting immediately before this attempt, for a slot or after a failure.
    pub delay: Duration,
    /// The time from sending the request to the end of the response, or to the failure.
    pub duration: Duration,
    /// The HTTP status, or the kind of failure if there is no complete response.
    pub result: Result<StatusCode, TransportErrorKind>,
}

impl Attempt<'_> {
    /// OpenTelemetry's `error.type`: the status as a string, or [`TransportErrorKind::name`]. `None` for a 2xx status.
    pub fn error_type(&self) -> Option<&str> {
        match &self.result {
            Ok(status) if status.is_success() => None,
            Ok(status) => Some(status.as_str()),
            Err(kind) => Some(kind.name()),
        }
    }
}
