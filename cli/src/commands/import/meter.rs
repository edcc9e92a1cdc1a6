//! The progress of an import on a terminal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use talkable_api::Attempt;
use talkable_api::bulk::Progress;

use crate::session::Session;

/// A progress bar over the bytes of the file, with the number of rows, their rate and the 429 responses.
pub(super) struct Meter {
    pub(super) bar: ProgressBar,
    started: Instant,
    rate_limited: Arc<AtomicU64>,
}

impl Meter {
    pub(super) fn new(size: u64, session: &Session<'_>) -> Self {
        let target =
            if session.is_error_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(size), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}, {eta} left") {
            bar.set_style(style);
        }
        bar.set_message("0 rows");
        Self { bar, started: Instant::now(), rate_limited: Arc::default() }
    }

    /// The hook that counts the 429 responses.
    pub(super) fn counter(&self) -> impl Fn(&Attempt<'_>) + Send + Sync + 'static {
        let count = Arc::clone(&self.rate_limited);
        move |attempt| {
            if attempt.result.is_ok_and(|status| status.as_u16() == 429) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn rate_limited(&self) -> u64 {
        self.rate_limited.load(Ordering::Relaxed)
    }

    pub(super) fn seconds(&self) -> f64 {
        (self.started.elapsed().as_secs_f64() * 10.0).round() / 10.0
    }

    /// Shows the progress. `first` is the row with which this run started.
    pub(super) fn show(&self, first: u64, progress: Progress, failed: u64, outage: Option<String>) {
        let rows = u32::try_from(progress.next - first).unwrap_or(u32::MAX);
        let rate = f64::from(rows) / self.started.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        let outage = outage.map(|error| format!("; outage: {error}")).unwrap_or_default();
        let (next, limited) = (progress.next, self.rate_limited());
        self.bar.set_message(format!("{next} rows, {failed} failed, {rate:.0}/s, {limited} × 429{outage}"));
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}
