//! The `tracing` span of a call and the events of its attempts, with OpenTelemetry's attribute names for HTTP clients.
//!
//! Spans and events contain the path template instead of the path, because paths contain e-mail addresses.

use reqwest::Url;
use tracing::field::Empty;
use tracing::instrument::{Instrument as _, Instrumented};
use tracing::{Level, Span};

use super::{Attempt, host};
use crate::call_info::{CallInfo, CallStats};
use crate::error::Error;
use crate::operation::Operation;

/// The span of one call. Dropping it closes the span.
pub(crate) struct CallSpan(Span);

impl CallSpan {
    pub(crate) fn new(operation: &'static Operation, site_slug: &str, server: &Url) -> Self {
        Self(tracing::info_span!(
            "talkable_api.call",
            "otel.name" = %format_args!("{} {}", operation.method, operation.template),
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "http.request.method" = operation.method.as_str(),
            "http.request.resend_count" = Empty,
            "http.response.status_code" = Empty,
            "url.template" = operation.template,
            "server.address" = host(server),
            "server.port" = server.port_or_known_default(),
            "error.type" = Empty,
            "talkable.operation" = operation.id,
            "talkable.site_slug" = site_slug,
            "talkable.waited" = Empty,
        ))
    }

    pub(crate) fn is_enabled(&self) -> bool {
        !self.0.is_disabled()
    }

    /// Enters the span whenever the future is polled.
    pub(crate) fn around<F: Future>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.0.clone())
    }

    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) {
        let status = attempt.result.ok().map(|status| status.as_u16());
        // `tracing` requires the level of an event to be a constant.
        macro_rules! record {
            ($level:expr) => {
                tracing::event!(
                    parent: &self.0,
                    $level,
                    "http.request.resend_count" = resend_count(attempt.info.attempts()),
                    "http.response.status_code" = status,
                    "error.type" = attempt.error_type(),
                    "talkable.request_id" = attempt.info.request_id(),
                    "talkable.waited" = attempt.delay.as_secs_f64(),
                    "talkable.duration" = attempt.duration.as_secs_f64(),
                    "attempt"
                )
            };
        }
        match status {
            Some(429 | 500..) | None => record!(Level::WARN),
            Some(_) => record!(Level::DEBUG),
        }
    }

    pub(crate) fn hook_panicked(&self) {
        tracing::error!(parent: &self.0, "an on_attempt hook panicked");
    }

    pub(crate) fn succeeded(&self, status: u16, stats: CallStats) {
        self.0.record("http.response.status_code", status);
        self.record_stats(stats);
    }

    pub(crate) fn failed(&self, error: &Error) {
        if !self.is_enabled() {
            return;
        }
        self.0.record("error.type", error.type_name());
        self.0.record("otel.status_code", "ERROR");
        if let Some(status) = error.status() {
            self.0.record("http.response.status_code", status);
        }
        self.record_stats(error.info().map(|CallInfo { stats, .. }| *stats).unwrap_or_default());
    }

    fn record_stats(&self, stats: CallStats) {
        self.0.record("http.request.resend_count", resend_count(stats.attempts));
        self.0.record("talkable.waited", stats.waited.as_secs_f64());
    }
}

/// The value of `http.request.resend_count`: the number of retries. `None` for the first attempt, so that the attribute is
/// omitted.
fn resend_count(attempt: u32) -> Option<u32> {
    attempt.checked_sub(1).filter(|count| *count > 0)
}
