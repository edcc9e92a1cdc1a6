//! Outages of the API. While one lasts, bulk calls are held back, and one call at a time probes whether the API works again.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep};

use crate::error::{ApiErrorKind, Error, TransportErrorKind, Verdict};

/// The default maximum duration.
pub(super) const OUTAGE_LIMIT: Duration = Duration::from_secs(6 * 60 * 60);

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The state of an outage.
pub(super) struct Outage {
    began: Instant,
    /// The number of the call that failed last.
    pub(super) last_failed: usize,
    pause: Duration,
    wait: Pin<Box<Sleep>>,
    /// The number of the call that is probing.
    pub(super) probe: Option<usize>,
    /// Whether the last probe was sent with a new row.
    was_new: bool,
}

impl Outage {
    pub(super) fn begin(number: usize) -> Self {
        Self {
            began: Instant::now(),
            last_failed: number,
            pause: FIRST_PAUSE,
            wait: Box::pin(sleep(FIRST_PAUSE)),
            probe: None,
            was_new: false,
        }
    }

    /// Doubles the pause before the next probe, up to a limit.
    pub(super) fn extend(&mut self) {
        self.pause = LONGEST_PAUSE.min(self.pause * 2);
        self.pause();
    }

    /// Starts another pause of the same length before the next probe.
    pub(super) fn pause(&mut self) {
        self.wait = Box::pin(sleep(self.pause));
        self.probe = None;
    }

    /// Returns whether to probe with a new row, which is the case for every other probe.
    pub(super) fn alternate(&mut self) -> bool {
        self.was_new = !self.was_new;
        self.was_new
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Returns `Ready` when it is time for the next probe.
    pub(super) fn poll_probe(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.probe.is_some() { Poll::Pending } else { self.wait.as_mut().poll(context) }
    }
}

/// Whether a call failed because the API or the connection failed.
pub(super) fn is_outage(error: &Error) -> bool {
    match error {
        Error::Transport(error) => error.kind() != TransportErrorKind::TooLarge,
        Error::Api(error) => error.kind() == ApiErrorKind::Server || error.status() == 408,
        // The response may be the HTML page of a proxy.
        Error::Decode(error) => error.is_lost,
        _ => false,
    }
}

/// Whether the API has responded to a call, which ends an outage.
pub(super) fn has_responded<R>(result: &Result<R, Error>) -> bool {
    match result {
        Ok(_) => true,
        Err(error @ Error::Api(_)) => !is_outage(error),
        Err(error) => error.verdict() == Verdict::Processed,
    }
}
