//! Reports attempts to the hooks and to the call's span.

use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};
use tokio::time::Instant;

use super::{Attempt, CallSpan, Hooks, host};
use crate::call_info::{CallInfo, CallStats};
use crate::error::TransportErrorKind;
use crate::operation::Operation;

/// Reports the attempts of one call. Does nothing if there are no hooks and the span is disabled.
pub(crate) struct AttemptObserver<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) site_slug: &'a str,
    pub(crate) server: &'a Url,
    pub(crate) hooks: &'a Hooks,
    pub(crate) span: &'a CallSpan,
}

impl AttemptObserver<'_> {
    /// Returns the start time of an attempt, or `None` if the attempt is not observed.
    pub(crate) fn start(&self) -> Option<Instant> {
        let is_observed = !self.hooks.on_attempt.is_empty() || self.span.is_enabled();
        is_observed.then(Instant::now)
    }

    /// Reports the end of an attempt. `request_id` is called only if the attempt is observed.
    pub(crate) fn end(
        &self,
        started: Option<Instant>,
        stats: CallStats,
        delay: Duration,
        result: Result<StatusCode, TransportErrorKind>,
        request_id: impl FnOnce() -> Option<HeaderValue>,
    ) {
        let Some(started) = started else { return };
        let attempt = Attempt {
            info: CallInfo { operation: self.operation, stats, request_id: request_id() },
            site_slug: self.site_slug,
            server_address: host(self.server),
            server_port: self.server.port_or_known_default(),
            delay,
            duration: started.elapsed(),
            result,
        };
        self.span.attempted(&attempt);
        if self.hooks.attempted(&attempt) {
            self.span.hook_panicked();
        }
    }
}
