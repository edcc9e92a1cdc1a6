//! Reads the outcomes of rows or batches, counts them, and saves the progress.

use std::pin::pin;
use std::time::Duration;

use csv::StringRecord;
use serde_json::Value;
use talkable_api::bulk::Outcomes;
use talkable_api::{Error, Verdict};
use tokio::signal::ctrl_c;
use tokio::time::{Instant, timeout};

use super::job::{Ended, Import};
use super::meter::Meter;
use crate::failure::Result;
use crate::import::failures::Failures;
use crate::session::Session;

/// The time between two writes of the progress file. After a crash, the rows of this time are sent again if that has no effect.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// Returns the rows of an input that failed, with the reasons. The error is that of the call, if the call failed.
pub(super) type FailedRows<I> = dyn Fn(&I, Option<&Error>) -> Vec<(StringRecord, String)>;

/// Reads all outcomes. Ctrl-C waits for the rows in flight, unless the API does not respond. `last_row` returns the last row of an
/// input.
pub(super) async fn drive<I>(
    rows: &mut Outcomes<'_, I, Value>,
    import: &mut Import,
    records: fn(&I) -> &[StringRecord],
    failed_rows: &FailedRows<I>,
    failures: &mut Failures,
    meter: &mut Meter,
    session: &mut Session<'_>,
) -> Result<Ended> {
    let first = import.state.next;
    let (mut saved, mut is_interrupted, mut is_reported) = (Instant::now(), false, false);
    // The future outlives an iteration, so that no signal is lost between two outcomes.
    let mut signal = pin!(ctrl_c());
    loop {
        // During an outage, no row finishes. Because of the timeout, the progress is shown anyway.
        let outcome = tokio::select! {
            biased;
            _ = &mut signal => {
                if is_interrupted || rows.progress().outage.is_some() {
                    return Ok(Ended::Interrupted);
                }
                is_interrupted = true;
                rows.stop();
                signal.set(ctrl_c());
                meter.report("finishing the rows in flight; press Ctrl-C again to stop at once", session);
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
                let records = records(&outcome.input);
                records.iter().for_each(|record| import.hash.add(record));
                if let Some(position) = records.last().and_then(StringRecord::position) {
                    meter.advance(position.byte());
                }
                import.state.next = rows.progress().next;
                is_reported = false;
            }
            Ok(None) => break,
            Err(_) => {}
        }
        // After a crash, the rows after the saved progress would be doubtful.
        if !import.is_idempotent && !is_silent {
            import.save(failures)?;
        }
        if is_silent || saved.elapsed() >= SAVED_EVERY {
            import.save(failures)?;
            let outage = rows.progress().outage.and(rows.outage_error()).map(reason);
            let trouble = outage.or_else(|| meter.failure().filter(|_| is_silent).map(|kind| kind.to_string()));
            meter.show(first, rows.progress(), import.state.failed, trouble.as_deref());
            saved = Instant::now();
            let Some(trouble) = trouble.filter(|_| is_silent) else { continue };
            if is_interrupted {
                return Ok(Ended::Interrupted);
            }
            if !is_reported {
                let line = format!("warning: the API does not respond ({trouble}); retrying, press Ctrl-C to stop");
                meter.report(&line, session);
                is_reported = true;
            }
        }
    }
    // No call is in flight anymore.
    import.save(failures)?;
    import.started.clear()?;
    Ok(if is_interrupted { Ended::Interrupted } else { Ended::Complete })
}

/// Stops the import, so that the next run continues with this row once the key is valid.
fn unauthorized(error: &Error, import: &Import, first: u64) -> Result<Ended> {
    if import.state.next == first {
        // The key was invalid from the start, so the API processed none of the rows in flight.
        import.started.clear()?;
    }
    Ok(Ended::Unauthorized(import.target.failure(error)))
}

/// Returns the reason for the file with the failed rows.
pub(super) fn reason(error: &Error) -> String {
    let text = match error {
        Error::Invalid(error) => error.reason().to_owned(),
        Error::Api(error) if !error.message().trim().is_empty() => error.message().trim().replace('\n', " "),
        error => error.to_string(),
    };
    match error.verdict() {
        Verdict::MaybeProcessed => format!("{text}; check whether the API processed the row"),
        _ => text,
    }
}
