//! The progress of an import on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use talkable_api::{Attempt, TransportErrorKind};

use crate::session::Session;

/// A progress bar with the number of rows, their rate and the 429 responses.
pub(super) struct Meter {
    bar: ProgressBar,
    started: Instant,
    /// The index of the first row of this run, and the number of rows in the file.
    rows: (u64, u64),
    attempts: Arc<Attempts>,
}

/// The results of the attempts so far.
#[derive(Default)]
pub(super) struct Attempts {
    rate_limited: AtomicU64,
    /// How the last attempt failed, if it had no response.
    failure: Mutex<Option<TransportErrorKind>>,
}

impl Attempts {
    /// The hook that observes the attempts.
    pub(super) fn observer(self: &Arc<Self>) -> impl Fn(&Attempt<'_>) + Send + Sync + 'static {
        let attempts = Arc::clone(self);
        move |attempt| {
            if attempt.result.is_ok_and(|status| status.as_u16() == 429) {
                attempts.rate_limited.fetch_add(1, Ordering::Relaxed);
            }
            *attempts.failure.lock().unwrap_or_else(PoisonError::into_inner) = attempt.result.err();
        }
    }

    /// How the last attempt failed, if it had no response.
    pub(super) fn failure(&self) -> Option<TransportErrorKind> {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Meter {
    /// `first` is the index of the first row of this run.
    pub(super) fn new(first: u64, total: u64, attempts: Arc<Attempts>, session: &Session<'_>) -> Self {
        let target =
            if session.is_error_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, started: Instant::now(), rows: (first, total), attempts }
    }

    pub(super) fn attempts(&self) -> &Attempts {
        &self.attempts
    }

    pub(super) fn rate_limited(&self) -> u64 {
        self.attempts.rate_limited.load(Ordering::Relaxed)
    }

    pub(super) fn seconds(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * 10.0).round() / 10.0
    }

    /// Shows the progress, if standard error is a terminal. `next` is the index of the next row.
    pub(super) fn show(&self, next: u64, failed: u64, trouble: Option<&str>, session: &mut Session<'_>) {
        if self.bar.is_hidden() {
            return;
        }
        let (first, total) = self.rows;
        let done = u32::try_from(next.saturating_sub(first)).unwrap_or(u32::MAX);
        let elapsed = self.started.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        let rate = f64::from(done) / elapsed;
        let left = u32::try_from(total.saturating_sub(next)).unwrap_or(u32::MAX);
        let (percent, limited) = (next.saturating_mul(100) / total.max(1), self.rate_limited());
        let rows = format!("{percent:>3}%  {next} of {total} rows");
        let left = if done > 0 { format!(", {:.0} s left", f64::from(left) / rate) } else { String::new() };
        self.bar.set_message(match trouble {
            Some(trouble) => format!("{rows}; {trouble}"),
            None => format!("{rows}, {failed} failed, {rate:.0}/s, {limited} × 429{left}"),
        });
        self.bar.set_position(next);
        self.rewind(session);
    }

    /// Moves the cursor to the start of the line. At its end, the `^C` of the terminal would wrap, and the bar would stay.
    fn rewind(&self, session: &mut Session<'_>) {
        if !self.bar.is_hidden() {
            let _ = write!(session.errors, "\r").and_then(|()| session.errors.flush());
        }
    }

    /// Prints a line on standard error, above the bar if there is one.
    pub(super) fn report(&self, line: &str, session: &mut Session<'_>) {
        self.bar.suspend(|| {
            // The import continues even if standard error is closed.
            let _ = writeln!(session.errors, "{line}").and_then(|()| session.errors.flush());
        });
        self.rewind(session);
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
