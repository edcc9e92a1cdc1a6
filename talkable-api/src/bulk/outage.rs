//! Outages of the API. While one lasts, bulk calls are held back, and one call at a time probes whether the API works again.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::error::{ApiErrorKind, Error};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The state of an outage.
pub(super) struct Outage {
    began: Instant,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
    /// The number of the call that is probing.
    pub(super) probe: Option<usize>,
}

impl Outage {
    pub(super) fn begin() -> Self {
        Self { began: Instant::now(), pause: FIRST_PAUSE, wait: Box::pin(sleep(FIRST_PAUSE)), probe: None }
    }

    /// Waits longer before the next probe.
    pub(super) fn extend(&mut self) {
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        self.wait = Box::pin(sleep(self.pause));
        self.probe = None;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Whether it is time for the next probe.
    pub(super) fn poll_probe(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.probe.is_some() { Poll::Pending } else { self.wait.as_mut().poll(context) }
    }
}

/// Whether a call failed because of an outage, and can be repeated.
pub(super) fn is_outage(error: &Error) -> bool {
    let is_outage = match error {
        Error::Transport(_) => true,
        Error::Api(error) => error.kind() == ApiErrorKind::Server || error.status() == 408,
        _ => false,
    };
    is_outage && error.is_retryable()
}
