//! One attempt of a call, as hooks see it.

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;

use super::Server;
use crate::call_info::CallInfo;
use crate::error::TransportErrorKind;

/// One attempt of a call and how it ended, for [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
///
/// It holds nothing personal: the template instead of the path, and neither query nor body.
///
/// ```
/// # use talkable_api::Attempt;
/// /// The attributes of OpenTelemetry's `http.client.request.duration`.
/// fn attributes(attempt: &Attempt<'_>) -> [(&'static str, String); 4] {
///     [
///         ("http.request.method", attempt.info().method().to_string()),
///         ("server.address", attempt.server_address().to_owned()),
///         ("url.template", attempt.info().template().to_owned()),
///         ("error.type", attempt.error_type().unwrap_or_default().to_owned()),
///     ]
/// }
/// ```
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
    /// The facts about the call so far: [`attempts`](CallInfo::attempts) is the number of this one, counted from 1.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The site of the call.
    pub fn site_slug(&self) -> &str {
        self.site_slug
    }

    /// The host that the request was sent to, such as `www.talkable.com`.
    pub fn server_address(&self) -> &str {
        &self.server.host
    }

    /// The port that the request was sent to.
    pub fn server_port(&self) -> Option<u16> {
        self.server.port
    }

    /// How long the call waited right before this attempt, for the throttle or after a failure.
    pub fn delay(&self) -> Duration {
        self.delay
    }

    /// The time from sending the request to the last byte of the response, or to the failure.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// The status of the response, if there was a usable one.
    pub fn status(&self) -> Option<u16> {
        self.outcome.as_ref().ok().map(StatusCode::as_u16)
    }

    /// How the attempt failed, if there was no usable response.
    pub fn error(&self) -> Option<TransportErrorKind> {
        self.outcome.err()
    }

    /// The value of OpenTelemetry's `error.type`: the status as text, or one of `connect`, `timeout`, `interrupted` and
    /// `too_large`. `None` if the status is good.
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
