//! The span of a call, and an event for each of its attempts, by the names that OpenTelemetry has for HTTP.
//!
//! ```no_run
//! # #[cfg(feature = "tracing")]
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
//! use tracing::{Instrument as _, info_span};
//!
//! // The span of a call is a child of the one in which the call is awaited.
//! let value = call.into_future().instrument(info_span!("import")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Paths hold e-mail addresses and queries whatever was asked for, so only the template of the path is told, and nothing
//! of the bodies and headers.

use tracing::field::Empty;
use tracing::instrument::{Instrument as _, Instrumented};
use tracing::{Level, Span};

use crate::client::Client;
use crate::error::{CallStats, Error};
use crate::observe::Attempt;
use crate::operation::Operation;

/// The span of one call, closed when it is dropped.
pub(crate) struct CallSpan(Span);

impl CallSpan {
    pub(crate) fn open(client: &Client, operation: &'static Operation) -> Self {
        let server = &client.settings().server;
        Self(tracing::info_span!(
            "talkable_api.call",
            "otel.name" = %format_args!("{} {}", operation.method(), operation.template()),
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "http.request.method" = operation.method().as_str(),
            "http.request.resend_count" = Empty,
            "http.response.status_code" = Empty,
            "url.template" = operation.template(),
            "server.address" = server.host,
            "server.port" = server.port,
            "error.type" = Empty,
            "talkable.operation" = operation.id(),
            "talkable.site_slug" = client.site_slug(),
            "talkable.waited" = Empty,
        ))
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_disabled()
    }

    /// The future, with the span entered whenever it is polled.
    pub(crate) fn around<F: Future>(&self, future: F) -> Instrumented<F> {
        future.instrument(self.0.clone())
    }

    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) {
        // The events are alike but for the level, which has to be known when this is compiled.
        macro_rules! tell {
            ($level:expr) => {
                tracing::event!(
                    parent: &self.0,
                    $level,
                    "http.request.resend_count" = resend_count(attempt.number()),
                    "http.response.status_code" = attempt.status(),
                    "error.type" = attempt.error_type(),
                    "talkable.request_id" = attempt.request_id(),
                    "talkable.waited" = attempt.waited().as_secs_f64(),
                    "talkable.duration" = attempt.duration().as_secs_f64(),
                    "attempt"
                )
            };
        }
        match attempt.status() {
            Some(429 | 500..) | None => tell!(Level::WARN),
            Some(_) => tell!(Level::DEBUG),
        }
    }

    pub(crate) fn hook_panicked(&self) {
        tracing::error!(parent: &self.0, "a hook of on_attempt panicked");
    }

    pub(crate) fn answered(&self, status: u16, stats: CallStats) {
        self.0.record("http.response.status_code", status);
        self.took(stats);
    }

    pub(crate) fn failed(&self, error: &Error) {
        if !self.is_open() {
            return;
        }
        self.0.record("error.type", error.type_name());
        self.0.record("otel.status_code", "ERROR");
        if let Some(status) = error.status() {
            self.0.record("http.response.status_code", status);
        }
        self.took(error.stats());
    }

    fn took(&self, stats: CallStats) {
        self.0.record("http.request.resend_count", resend_count(stats.attempts));
        self.0.record("talkable.waited", stats.waited.as_secs_f64());
    }
}

/// None for the first attempt, as the name is only used for those that follow.
fn resend_count(attempt: u32) -> Option<u32> {
    attempt.checked_sub(1).filter(|count| *count > 0)
}
