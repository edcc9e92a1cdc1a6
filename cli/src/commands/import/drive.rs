//! Reads the outcomes of rows or batches, counts them, and saves the progress.

use std::pin::pin;
use std::time::Duration;

use csv::StringRecord;
use serde_json::Value;
use talkable_api::bulk::Outcomes;
use talkable_api::{Error, Verdict};
use tokio::signal::ctrl_c;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, timeout};

use super::job::{Ended, Import};
use super::meter::Meter;
use crate::failure::{Exit, Failure, Message, Result, without_operation};
use crate::import::failures::Failures;
use crate::session::Session;
use crate::text::count;

/// The time between two writes of the progress file. After a crash, the rows of this time are sent again if that has no effect.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The time between two updates of the progress bar.
const SHOWN_EVERY: Duration = Duration::from_millis(100);

/// Returns the rows of an input that failed, with the reasons. The error is that of the call, if the call failed.
pub(super) type FailedRows<I> = dyn Fn(&I, Option<&Error>) -> Vec<(StringRecord, String)>;

/// Reads all outcomes. Ctrl-C waits for the rows in flight, unless the API does not respond. `records` returns the rows of an
/// input.
pub(super) async fn drive<I>(
    rows: &mut Outcomes<'_, I, Value>,
    import: &mut Import,
    records: fn(&I) -> &[StringRecord],
    failed_rows: &FailedRows<I>,
    failures: &mut Failures,
    meter: &Meter,
    session: &mut Session<'_>,
) -> Result<Ended> {
    let first = import.state.next;
    let (mut saved, mut shown, mut silent_since, mut is_interrupted) = (Instant::now(), Instant::now(), None, false);
    // The future outlives an iteration, so that no signal is lost between two outcomes.
    let mut signal = pin!(interruption());
    meter.show(first, import.state.failed, None, session);
    loop {
        // During an outage, no row finishes. Because of the timeout, the progress is shown anyway.
        let outcome = tokio::select! {
            biased;
            is_ctrl_c = &mut signal => {
                if is_interrupted || rows.progress().outage.is_some() {
                    return Ok(Ended::Interrupted);
                }
                is_interrupted = true;
                rows.stop();
                signal.set(interruption());
                let again = if is_ctrl_c && session.is_error_terminal { "press Ctrl-C again" } else { "send a second signal" };
                meter.report(&format!("finishing the rows in flight; {again} to stop at once"), session);
                continue;
            }
            outcome = timeout(SAVED_EVERY, rows.next()) => outcome,
        };
        let is_silent = outcome.is_err();
        match outcome {
            Ok(Some(outcome)) => {
                let error = outcome.result.err();
                if let Some(error) = error.as_ref().filter(|error| error.verdict() == Verdict::Unauthorized) {
                    return unauthorized(error, import, first);
                }
                import.add_failed(failed_rows(&outcome.input, error.as_ref()), failures)?;
                import.advance(records(&outcome.input));
                silent_since = None;
            }
            Ok(None) => break,
            Err(_) => {}
        }
        // After a crash, the rows after the saved progress would be doubtful.
        if saved.elapsed() >= SAVED_EVERY || !(import.is_idempotent || is_silent) {
            import.save(failures)?;
            saved = Instant::now();
        }
        if is_silent || shown.elapsed() >= SHOWN_EVERY {
            shown = Instant::now();
            let trouble = trouble(rows, meter, is_silent);
            meter.show(import.state.next, import.state.failed, trouble.as_deref(), session);
            let Some(trouble) = trouble.filter(|_| is_silent) else { continue };
            if is_interrupted {
                return Ok(Ended::Interrupted);
            }
            let ended = unavailable(&trouble, &mut silent_since, rows.progress().outage, import, meter, session);
            if let Some(ended) = ended {
                return Ok(ended);
            }
        }
    }
    // No call is in flight anymore.
    import.save(failures)?;
    import.started.clear()?;
    Ok(if is_interrupted { Ended::Interrupted } else { Ended::Complete })
}

/// Waits for Ctrl-C or for a request to terminate. Returns whether it was Ctrl-C.
async fn interruption() -> bool {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal(SignalKind::terminate()) {
        return tokio::select! {
            _ = ctrl_c() => true,
            _ = terminate.recv() => false,
        };
    }
    let _ = ctrl_c().await;
    true
}

/// Describes why no row finishes, if the API or the connection failed.
fn trouble<I>(rows: &Outcomes<'_, I, Value>, meter: &Meter, is_silent: bool) -> Option<String> {
    // If a row must not be sent again, its error has already been returned.
    let last = || rows.outage_error().map_or_else(|| "the last call failed".to_owned(), reason);
    let outage = rows.progress().outage.map(|_| last());
    outage.or_else(|| meter.attempts().failure().filter(|_| is_silent).map(|kind| kind.to_string()))
}

/// Reports that the API does not respond, and ends the import after its limit. `reported` is the time of the report.
fn unavailable(
    trouble: &str,
    reported: &mut Option<Instant>,
    outage: Option<Duration>,
    import: &Import,
    meter: &Meter,
    session: &mut Session<'_>,
) -> Option<Ended> {
    let silence = reported.map(|reported| reported.elapsed());
    if silence.is_none() {
        *reported = Some(Instant::now());
        let until = match import.patience {
            Some(limit) => format!("for {}", count(limit.as_secs(), "second")),
            None => "until you press Ctrl-C".to_owned(),
        };
        meter.report(&format!("warning: the API does not respond ({trouble}); retrying {until}"), session);
    }
    let waited = silence.max(outage)?;
    (waited >= import.patience?).then(|| {
        let message = Message::new(format!("the API does not respond: {trouble}"));
        Ended::Stopped(Failure::new(Exit::TryAgain, message.help("run the same command to continue")))
    })
}

/// Stops the import, so that the next run continues with this row once the key is valid.
fn unauthorized(error: &Error, import: &Import, first: u64) -> Result<Ended> {
    if import.state.next == first {
        // The key was invalid from the start, so the API processed none of the rows in flight.
        import.started.clear()?;
    }
    Ok(Ended::Stopped(import.target.failure(error).help("then run the same command to continue")))
}

/// Returns the reason for the file with the failed rows.
pub(super) fn reason(error: &Error) -> String {
    let text = match error {
        Error::Invalid(error) => error.reason().to_owned(),
        Error::Api(error) if !error.message().trim().is_empty() => error.message().trim().replace('\n', " "),
        error => without_operation(error),
    };
    match error.verdict() {
        Verdict::MaybeProcessed => format!("{text}; check whether the API processed the row"),
        _ => text,
    }
}
