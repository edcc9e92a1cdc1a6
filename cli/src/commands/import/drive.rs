//! Reads the outcomes of rows or batches, keeps the accounts, and saves the progress.

use std::time::Duration;

use csv::StringRecord;
use serde_json::Value;
use talkable_api::bulk::Outcomes;
use talkable_api::{Error, Verdict};
use tokio::time::{Instant, timeout};

use super::meter::Meter;
use super::{Ended, Import};
use crate::failure::{Failure, Result};
use crate::import::failures::Failures;

/// The time between two writes of the progress file. After a crash, the rows of this time are sent again.
const SAVED_EVERY: Duration = Duration::from_secs(1);

/// The rows of an input that failed, with the reasons. The error is that of the input's call, if it failed.
pub(super) type FailedRows<I> = dyn Fn(&I, Option<&Error>) -> Vec<(StringRecord, String)>;

/// Reads all outcomes. Ctrl-C stops after the rows in flight.
pub(super) async fn drive<I>(
    rows: &mut Outcomes<'_, I, Value>,
    import: &mut Import,
    failed_rows: &FailedRows<I>,
    failures: &mut Failures,
    meter: &Meter,
) -> Result<Ended> {
    let first = import.state.next;
    let (mut saved, mut is_interrupted) = (Instant::now(), false);
    loop {
        // During an outage, no row finishes. The timeout makes sure that the progress is shown anyway.
        let outcome = tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c(), if !is_interrupted => {
                is_interrupted = true;
                rows.stop();
                continue;
            }
            outcome = timeout(SAVED_EVERY, rows.next()) => outcome,
        };
        match outcome {
            Ok(Some(outcome)) => {
                let error = outcome.result.err();
                if let Some(error) = error.as_ref().filter(|error| error.verdict() == Verdict::Unauthorized) {
                    // The next run continues with this row, once the key is valid.
                    return Ok(Ended::Unauthorized(Failure::of_call(error)));
                }
                for (record, reason) in failed_rows(&outcome.input, error.as_ref()) {
                    import.state.failed += 1;
                    let added = failures.add(&record, &reason);
                    added.map_err(|error| Failure::usage(format!("could not write the failed rows: {error}")))?;
                }
                import.state.next = rows.progress().next;
            }
            Ok(None) => break,
            Err(_) => {}
        }
        if saved.elapsed() >= SAVED_EVERY {
            import.save(failures)?;
            let outage = rows.progress().outage.and(rows.outage_error()).map(ToString::to_string);
            meter.show(first, rows.progress(), import.state.failed, outage);
            saved = Instant::now();
        }
    }
    Ok(if is_interrupted { Ended::Interrupted } else { Ended::Complete })
}

/// The reason for the file with the failed rows.
pub(super) fn reason(error: &Error) -> String {
    match error {
        Error::Invalid(error) => error.reason().to_owned(),
        Error::Api(error) if !error.message().trim().is_empty() => error.message().trim().replace('\n', " "),
        error => error.to_string(),
    }
}
