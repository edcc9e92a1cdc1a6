//! An import in progress: its files, its counts and its end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use csv::{Position, StringRecord};
use serde_json::json;

use super::meter::Meter;
use super::reasons::Reasons;
use super::{rows_of, unreadable};
use crate::failure::{Exit, Failure, Message, Result};
use crate::import::columns::Columns;
use crate::import::failures::{self, Failures};
use crate::import::file::Hash;
use crate::import::started::Started;
use crate::import::state::State;
use crate::import::with_suffix;
use crate::operation::Operation;
use crate::output::Output;
use crate::profile::Target;
use crate::session::Session;
use crate::text::count;

/// An import in progress.
pub(super) struct Import {
    pub(super) file: PathBuf,
    pub(super) columns: Columns,
    pub(super) headers: StringRecord,
    /// The operation for batches and their size, if the rows are sent in batches.
    pub(super) batch: Option<(&'static Operation, usize)>,
    /// The maximum number of calls in flight.
    pub(super) concurrency: usize,
    /// How long to retry while the API does not respond.
    pub(super) patience: Option<Duration>,
    pub(super) state: State,
    /// The hash of the header and of the rows before `state.next`.
    pub(super) hash: Hash,
    /// The number of rows in the file.
    pub(super) total: u64,
    /// The lock of this import.
    pub(super) started: Arc<Started>,
    pub(super) target: Target,
    /// Whether sending a row again has no further effect.
    pub(super) is_idempotent: bool,
    /// The reasons of the rows that failed in this run.
    pub(super) reasons: Reasons,
    /// The command that imports the failed rows.
    pub(super) again: String,
}

/// How an import ended.
pub(super) enum Ended {
    Complete,
    /// Ctrl-C was pressed, or the process was asked to terminate.
    Interrupted,
    /// The key is invalid, the API does not respond, the rest of the file can't be read, or the progress can't be saved.
    Stopped(Failure),
}

/// The reason in the file with the failed rows for a row that was in flight when an earlier run was killed.
const DOUBTFUL: &str = "the import was interrupted, and may have sent this row; check whether the API processed it";

impl Import {
    /// Opens the file with the failed rows. A new import keeps the file of an earlier one under another name.
    pub(super) fn failures(&self, session: &mut Session<'_>) -> Result<Failures> {
        let path = self.failures_path();
        if self.state.failures_length == 0 {
            let kept = failures::keep(&path);
            let kept = kept.map_err(|error| Failure::usage(format!("could not rename {}: {error}", path.display())))?;
            if let Some(kept) = kept {
                writeln!(session.errors, "kept the failed rows of an earlier import in {}", kept.display())?;
            }
        }
        let opened = Failures::open(&path, self.state.failures_length, &self.headers);
        opened.map_err(|error| Failure::usage(format!("could not write {}: {error}", path.display())))
    }

    fn failures_path(&self) -> PathBuf {
        with_suffix(&self.file, "failed")
    }

    /// Continues after the rows of an earlier run.
    pub(super) fn resume(&mut self, failures: &mut Failures, session: &mut Session<'_>) -> Result {
        if !self.state.is_resumed {
            self.started.clear()?;
        }
        if !self.is_idempotent {
            self.add_doubtful_rows(failures, session)?;
        }
        if self.state.next > 0 {
            writeln!(session.errors, "continuing after row {}", self.state.next)?;
        }
        Ok(())
    }

    /// Adds the rows that an earlier run may have sent to the failed rows, because sending them again would have another
    /// effect.
    fn add_doubtful_rows(&mut self, failures: &mut Failures, session: &mut Session<'_>) -> Result {
        let first = self.state.next;
        let started = self.started.read()?.map_or(0, |(rows, _)| rows);
        let doubtful = started.saturating_sub(first);
        let skipped = usize::try_from(first).unwrap_or(usize::MAX);
        let mut rows = rows_of(&self.file)?.skip(skipped);
        for _ in 0..doubtful {
            let Some(row) = rows.next() else { break };
            let row = row.map_err(|error| unreadable(&self.file, &error))?;
            self.add_failed(vec![(row, DOUBTFUL.to_owned())], failures)?;
            self.state.next += 1;
        }
        if self.state.next > first {
            let rows = count(self.state.next - first, "row");
            writeln!(
                session.errors,
                "{rows} of the interrupted run may have been sent; see {}",
                self.failures_path().display()
            )?;
        }
        Ok(())
    }

    /// Continues after rows with an outcome.
    pub(super) fn advance(&mut self, rows: &[StringRecord]) {
        for row in rows {
            self.hash.add(row);
            self.state.next += 1;
        }
    }

    /// Adds rows with the reasons to the failed rows.
    pub(super) fn add_failed(&mut self, rows: Vec<(StringRecord, String)>, failures: &mut Failures) -> Result {
        for (row, reason) in rows {
            self.state.failed += 1;
            self.reasons.add(&reason, row.position().map_or(0, Position::line));
            failures.add(&row, &reason).map_err(unwritable)?;
        }
        Ok(())
    }

    /// Saves the failed rows, and then the progress.
    pub(super) fn save(&mut self, failures: &mut Failures) -> Result {
        self.state.failures_length = failures.flush().map_err(unwritable)?;
        self.state.hash = self.hash.text();
        self.state.save(&self.file)
    }

    /// Saves the final state, and prints the summary.
    pub(super) fn finish(
        mut self,
        ended: Ended,
        meter: &Meter,
        output: &Output,
        session: &mut Session<'_>,
    ) -> Result<Exit> {
        self.state.is_complete = matches!(ended, Ended::Complete);
        self.state.save(&self.file)?;
        let failed_file = self.failures_path();
        if self.state.failed == 0 && self.state.is_complete {
            // The file contains only the header, so it does no harm if it can't be removed.
            let _ = std::fs::remove_file(&failed_file);
        }
        let failures_file = (self.state.failed > 0).then(|| failed_file.display().to_string());
        let values = [
            json!(self.state.next),
            json!(self.total),
            json!(self.state.next - self.state.failed),
            json!(self.state.failed),
            json!(failures_file),
            json!(meter.rate_limited()),
            json!(meter.seconds()),
        ];
        let names = summary_names(self.batch.is_some()).map(str::to_owned);
        let summary = names.into_iter().zip(values).collect();
        output.print_value(&summary, session)?;
        let mut reasons = self.reasons.messages();
        let earlier = self.state.failed - self.reasons.rows();
        if earlier > 0 {
            reasons.push(Message::new(format!("{} failed in earlier runs", count(earlier, "row"))));
        }
        if let Some(last) = reasons.pop() {
            let help = format!("correct the failed rows, and then run `{}`", self.again);
            reasons.push(if self.state.is_complete { last.help(help) } else { last });
        }
        for reason in reasons {
            session.errors.write_all(reason.warning(session.colors_errors()).as_bytes())?;
        }
        match ended {
            Ended::Complete if self.state.failed == 0 => Ok(Exit::Success),
            Ended::Complete => Ok(Exit::Partial),
            Ended::Interrupted => {
                let message = Message::new("the import was interrupted").help("run the same command to continue");
                Err(Failure::new(Exit::Canceled, message))
            }
            Ended::Stopped(failure) => Err(failure),
        }
    }
}

/// Returns the names of the numbers in the summary.
pub(super) fn summary_names(is_batch: bool) -> [&'static str; 7] {
    // The API does not report which rows of a batch it rejects.
    let succeeded = if is_batch { "submitted" } else { "succeeded" };
    ["rows", "total", succeeded, "failed", "failures_file", "rate_limited", "seconds"]
}

fn unwritable(error: std::io::Error) -> Failure {
    Failure::output(format!("could not write the failed rows: {error}"))
}
