//! Reports of attempts to the hooks and the span of a call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;
use tokio::time::Instant;

use super::{Attempt, CallSpan, Hooks, Server};
use crate::call_info::{CallInfo, CallStats};
use crate::error::TransportErrorKind;
use crate::operation::Operation;

/// Reports the attempts of one call. Does nothing without hooks and a span.
pub(crate) struct AttemptObserver<'a> {
    operation: &'static Operation,
    site_slug: &'a str,
    server: &'a Server,
    hooks: &'a Hooks,
    span: &'a CallSpan,
    /// The beginning of the call, if it is observed.
    began: Option<Instant>,
    /// The end of the last attempt, in nanoseconds since `began`.
    ended: AtomicU64,
    /// The time between attempts so far, in nanoseconds.
    waited: AtomicU64,
}

impl<'a> AttemptObserver<'a> {
    pub(crate) fn new(
        operation: &'static Operation,
        site_slug: &'a str,
        server: &'a Server,
        hooks: &'a Hooks,
        span: &'a CallSpan,
    ) -> Self {
        let is_observed = !hooks.on_attempt.is_empty() || span.is_enabled();
        let began = is_observed.then(Instant::now);
        Self { operation, site_slug, server, hooks, span, began, ended: AtomicU64::new(0), waited: AtomicU64::new(0) }
    }

    /// The start of an attempt, if it is observed.
    pub(crate) fn start(&self) -> Option<Instant> {
        self.began.map(|_| Instant::now())
    }

    /// Reports the end of an attempt. `request_id` is called only if the attempt is observed.
    pub(crate) fn end(
        &self,
        sent: Option<Instant>,
        number: u32,
        outcome: Result<StatusCode, TransportErrorKind>,
        request_id: impl FnOnce() -> Option<HeaderValue>,
    ) {
        let (Some(began), Some(sent)) = (self.began, sent) else { return };
        let now = Instant::now();
        let last = self.ended.swap(nanoseconds(now - began), Ordering::Relaxed);
        let delay = (sent - began).saturating_sub(Duration::from_nanos(last));
        let waited = self.waited.fetch_add(nanoseconds(delay), Ordering::Relaxed);
        let waited = Duration::from_nanos(waited).saturating_add(delay);
        let attempt = Attempt {
            info: CallInfo {
                operation: self.operation,
                stats: CallStats { attempts: number, waited, maybe_executed: false },
                request_id: request_id(),
            },
            site_slug: self.site_slug,
            server: self.server,
            delay,
            duration: now - sent,
            outcome,
        };
        self.span.attempted(&attempt);
        if self.hooks.attempted(&attempt).is_err() {
            self.span.hook_panicked();
        }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
