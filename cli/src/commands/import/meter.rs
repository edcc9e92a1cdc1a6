//! The progress of an import on a terminal.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use talkable_api::bulk::Progress;
use talkable_api::{Attempt, TransportErrorKind};

use crate::session::Session;

/// A progress bar over the bytes of the file, with the number of rows, their rate and the 429 responses.
pub(super) struct Meter {
    bar: ProgressBar,
    size: u64,
    started: Instant,
    /// The position in the file of the first row of this run, and of the last row with an outcome.
    positions: Option<(u64, u64)>,
    attempts: Arc<Attempts>,
}

/// The results of the attempts so far.
#[derive(Default)]
struct Attempts {
    rate_limited: AtomicU64,
    /// How the last attempt failed, if it had no response.
    failure: Mutex<Option<TransportErrorKind>>,
}

impl Meter {
    pub(super) fn new(size: u64, session: &Session<'_>) -> Self {
        let target =
            if session.is_error_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(size), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}") {
            bar.set_style(style);
        }
        bar.set_message("0 rows");
        bar.tick();
        Self { bar, size, started: Instant::now(), positions: None, attempts: Arc::default() }
    }

    /// The hook that observes the attempts.
    pub(super) fn observer(&self) -> impl Fn(&Attempt<'_>) + Send + Sync + 'static {
        let attempts = Arc::clone(&self.attempts);
        move |attempt| {
            if attempt.result.is_ok_and(|status| status.as_u16() == 429) {
                attempts.rate_limited.fetch_add(1, Ordering::Relaxed);
            }
            *attempts.failure.lock().unwrap_or_else(PoisonError::into_inner) = attempt.result.err();
        }
    }

    pub(super) fn rate_limited(&self) -> u64 {
        self.attempts.rate_limited.load(Ordering::Relaxed)
    }

    /// How the last attempt failed, if it had no response.
    pub(super) fn failure(&self) -> Option<TransportErrorKind> {
        *self.attempts.failure.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seconds(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * 10.0).round() / 10.0
    }

    /// Moves the bar to the position in the file of a row with an outcome.
    pub(super) fn advance(&mut self, position: u64) {
        let (first, _) = self.positions.unwrap_or((position, position));
        self.positions = Some((first, position));
        self.bar.set_position(position);
    }

    /// Shows the progress. `first` is the index of the first row of this run.
    pub(super) fn show(&self, first: u64, progress: Progress, failed: u64, trouble: Option<&str>) {
        let rows = u32::try_from(progress.next - first).unwrap_or(u32::MAX);
        let rate = f64::from(rows) / self.started.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        let rest = match (trouble, self.left()) {
            (Some(trouble), _) => format!("; no response: {trouble}"),
            (None, Some(left)) => format!(", {} s left", left.as_secs()),
            (None, None) => String::new(),
        };
        let (next, limited) = (progress.next, self.rate_limited());
        self.bar.set_message(format!("{next} rows, {failed} failed, {rate:.0}/s, {limited} × 429{rest}"));
    }

    /// The time left, estimated from the progress of this run.
    fn left(&self) -> Option<Duration> {
        let (first, last) = self.positions.filter(|(first, last)| last > first)?;
        let millis = self.started.elapsed().as_millis() * u128::from(self.size.saturating_sub(last));
        u64::try_from(millis / u128::from(last - first)).ok().map(Duration::from_millis)
    }

    /// Prints a line on standard error, above the bar if there is one.
    pub(super) fn report(&self, line: &str, session: &mut Session<'_>) {
        self.bar.suspend(|| {
            // The import continues even if standard error is closed.
            let _ = writeln!(session.errors, "{line}").and_then(|()| session.errors.flush());
        });
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
