//! The hooks of a client, and the attempts and outcomes that are passed to them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use reqwest::StatusCode;

use crate::call_info::CallInfo;
use crate::error::{Error, InvalidError, TransportErrorKind};
use crate::request::Request;

/// An attempt to send a request, passed to [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt) hooks.
///
/// This type contains no personal data: it includes the path template, but not the path, the query or the body.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The information about the call so far. [`CallInfo::attempts`] is the number of this attempt, starting at 1.
    /// [`CallInfo::maybe_processed`] covers only the earlier attempts.
    pub info: CallInfo,
    /// The slug of the site.
    pub site_slug: &'a str,
    /// The host of the API, such as `www.talkable.com`.
    pub server_address: &'a str,
    /// The port in the base URL, or the default port of its scheme. Always `Some`.
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

/// The outcome of a call, passed to [`ClientBuilder::on_call`](crate::ClientBuilder::on_call) hooks.
///
/// Some failures appear only here and not in an [`Attempt`]: a call that was not sent, a 2xx response with `ok: false`, and
/// a response that does not decode.
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
    /// OpenTelemetry's `error.type`: the status as a string, [`TransportErrorKind::name`], `rejected` (a 2xx response with
    /// `ok: false`), `decode`, `throttled`, `hook` or `invalid`. `None` if the call succeeded.
    pub fn error_type(&self) -> Option<&str> {
        self.error.map(Error::type_name)
    }
}

type OnRequest = Box<dyn Fn(&mut Request) + Send + Sync>;
type OnAttempt = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
type OnCall = Box<dyn Fn(&CallOutcome<'_>) + Send + Sync>;

/// The hooks of a client, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) on_request: Vec<OnRequest>,
    pub(crate) on_attempt: Vec<OnAttempt>,
    pub(crate) on_call: Vec<OnCall>,
}

impl Hooks {
    /// Runs the `on_request` hooks. Fails if one panics, because the request might then lack a required header.
    pub(crate) fn run_on_request(&self, request: &mut Request) -> Result<(), InvalidError> {
        let has_panicked = self.on_request.iter().any(|hook| panics(|| hook(&mut *request)));
        if has_panicked { Err(InvalidError::new("on_request", "a hook panicked")) } else { Ok(()) }
    }

    /// Runs all `on_attempt` hooks, even if one panics. Returns whether one panicked.
    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) -> bool {
        self.on_attempt.iter().filter(|hook| panics(|| hook(attempt))).count() > 0
    }

    /// Runs all `on_call` hooks, even if one panics. Panics are not recorded, because the call's span is already closed.
    pub(crate) fn ended(&self, outcome: &CallOutcome<'_>) {
        for hook in &self.on_call {
            panics(|| hook(outcome));
        }
    }
}

/// Runs a hook, and returns whether it panicked. Rust's panic hook reports the panic.
///
/// Catching the panic is unwind safe, because a hook gets only shared references, or a request that is discarded after a
/// panic.
fn panics(hook: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(hook)).is_err()
}
