//! `talkable import`: sends the rows of a CSV file.

mod drive;
mod meter;
mod rows;

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use csv::StringRecord;
use serde_json::json;

use self::meter::Meter;
use super::confirm::confirm;
use super::runtime;
use crate::failure::{Exit, Failure, Message, Result};
use crate::import::columns::Columns;
use crate::import::failures::{self, Failures};
use crate::import::file;
use crate::import::state::{Identity, State};
use crate::import::{started, with_suffix};
use crate::operation::{Operation, by_id};
use crate::output::Output;
use crate::profile::{Access, Place, is_live};
use crate::session::Session;
use crate::text::count;

/// A kind of rows: its name, its operation, its batch operation, the fields that identify a row, and the columns that replace
/// missing path arguments.
struct Kind {
    name: &'static str,
    operation: &'static str,
    batch: Option<&'static str>,
    key: &'static [&'static str],
    fallbacks: &'static [(&'static str, &'static str)],
}

const KINDS: [Kind; 5] = [
    Kind {
        name: "purchases",
        operation: "createPurchase",
        batch: Some("createBatchOfPurchases"),
        key: &["order_number"],
        fallbacks: &[],
    },
    Kind {
        name: "events",
        operation: "createEvent",
        batch: Some("createBatchOfEvents"),
        key: &["event_category", "event_number"],
        fallbacks: &[],
    },
    Kind {
        name: "affiliate-members",
        operation: "createAffiliateMember",
        batch: Some("createBatchOfAffiliateMembers"),
        key: &["email"],
        fallbacks: &[],
    },
    Kind {
        name: "people",
        operation: "updatePerson",
        batch: None,
        key: &["person_slug"],
        fallbacks: &[("person_slug", "email")],
    },
    Kind {
        name: "refunds",
        operation: "markOriginAsRefunded",
        batch: None,
        key: &["origin_slug"],
        fallbacks: &[("origin_slug", "order_number")],
    },
];

const DETAILS: &str = "\
Sends each row of a CSV file. A column belongs to the field of the same name, such as order_number or custom_properties.color; \
--map assigns others. An empty cell is no value. A list is written as `a;b`, or as JSON. A file whose header has no comma can be \
separated by semicolons or tabs.

Rows that fail are written to FILE.failed with the reason. Correct them, and import that file. The progress is saved in \
FILE.progress and FILE.started: after an interruption, the same command continues. Ctrl-C stops the import after the rows in \
flight, or at once if the API does not respond or Ctrl-C is pressed again. After that and after a crash, the next run sends \
purchases, events and people in flight again, which has no further effect. Refunds and affiliate members in flight are written to \
FILE.failed instead, because the API may have processed them.

Before it sends anything to another machine, the command checks all rows and asks.";

const EXAMPLE: &str = "\
Example:
  talkable import purchases orders.csv --map order_number=id --map created_at=date --ignore note";

pub(super) fn build(command: Command) -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    command
        .long_about(DETAILS)
        .after_help(EXAMPLE)
        .arg(Arg::new("kind").required(true).value_parser(PossibleValuesParser::new(KINDS.map(|kind| kind.name))).help("What the rows are"))
        .arg(Arg::new("file").required(true).value_name("FILE").value_hint(ValueHint::FilePath).help("A CSV file with a header"))
        .arg(Arg::new("map").long("map").value_name("FIELD=COLUMN").action(ArgAction::Append).help("Reads a field from a column with another name"))
        .arg(Arg::new("ignore").long("ignore").value_name("COLUMNS").value_delimiter(',').action(ArgAction::Append).help("Leaves out these columns"))
        .arg(Arg::new("concurrency").long("concurrency").value_name("CALLS").value_parser(clap::value_parser!(u16).range(1..)).default_value("32").help("The maximum number of calls in flight"))
        .arg(Arg::new("via").long("via").value_name("WAY").value_parser(["single", "batch"]).default_value("single").help("Sends each row in its own call, or many rows in a batch, for which the API does not report which rows it rejects"))
        .arg(Arg::new("batch-size").long("batch-size").value_name("ROWS").value_parser(clap::value_parser!(u16).range(1..)).default_value("500").help("The number of rows in a batch"))
        .arg(flag("check").help("Only checks the rows, and sends nothing"))
        .arg(flag("restart").help("Starts with the first row, even if an earlier run was interrupted or complete; keeps FILE.failed as FILE.failed.1"))
        .arg(flag("unchecked").help("Sends values that are not in the API's document"))
        .arg(flag("yes").short('y').help("Does not ask before it sends rows to another machine"))
}

/// What is imported.
struct Import {
    file: PathBuf,
    columns: Columns,
    headers: StringRecord,
    batch: Option<(&'static Operation, usize)>,
    concurrency: usize,
    state: State,
    place: Place,
    /// Whether sending a row again can have an effect.
    has_doubtful_rows: bool,
}

/// The reason in the file with the failed rows for a row that was in flight at a crash.
const DOUBTFUL: &str =
    "the import was interrupted after it may have sent this row; look up whether the API processed it";

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    let name = matches.get_one::<String>("kind").map(String::as_str).unwrap_or_default();
    let file = PathBuf::from(matches.get_one::<String>("file").map(String::as_str).unwrap_or_default());
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let (Some(kind), Some(operation)) = (kind, kind.and_then(|kind| by_id(kind.operation))) else {
        return Err(Failure::usage(format!("the API no longer has an operation for {name}")));
    };
    let headers = reader(&file)?.headers().map_err(|error| unreadable(&file, &error))?.clone();
    let list = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    let columns = Columns::new(
        operation,
        &headers,
        &mapped(&list("map"))?,
        &list("ignore"),
        kind.fallbacks,
        matches.get_flag("unchecked"),
    )?;
    if matches.get_flag("check") {
        let Checked { rows, invalid, duplicates } = check(&file, &columns, kind.key, session)?;
        output.print_value(&json!({"rows": rows, "invalid": invalid, "duplicates": duplicates}), session)?;
        return Ok(if invalid == 0 { Exit::Success } else { Exit::Partial });
    }
    let batch = batch(kind, matches)?;
    let access = Access::resolve(matches, session)?;
    let site = match access.place.sites.as_slice() {
        [site] => site.clone(),
        _ => return Err(Failure::usage("an import has one site").help("run the command once for each `--site`")),
    };
    let base_url = access.place.base_url.clone();
    let size = file.metadata().map_or(0, |metadata| metadata.len());
    let identity =
        Identity { operation: operation.id.to_owned(), site: site.clone(), base_url: base_url.clone(), size };
    let state = State::load(&file, identity, matches.get_flag("restart"))?;
    if is_live(&base_url) {
        let Checked { rows, invalid, duplicates } = check(&file, &columns, kind.key, session)?;
        if !matches.get_flag("yes") {
            let duplicates =
                if duplicates > 0 { format!(" and {}", count(duplicates, "duplicate")) } else { String::new() };
            let rows = format!("{}, {invalid} of them invalid{duplicates}", count(rows, "row"));
            let sent = if state.next > 0 { format!(", {} of them already sent", state.next) } else { String::new() };
            confirm(&format!("{rows}{sent}; send the rows to site {site} of {base_url}?"), session)?;
        }
    }
    let concurrency = matches.get_one::<u16>("concurrency").map_or(32, |calls| usize::from(*calls));
    let mut meter = Meter::new(size, session);
    let client = access.client_with(|builder| builder.on_attempt(meter.observer()))?;
    let (place, has_doubtful_rows) = (access.place, !operation.is_idempotent);
    let mut import = Import { file, columns, headers, batch, concurrency, state, place, has_doubtful_rows };
    let mut failures = import.failures(session)?;
    import.add_doubtful_rows(&mut failures, session)?;
    let runtime = runtime()?;
    let ended = runtime.block_on(rows::send(&mut import, &client, &mut failures, &mut meter, session));
    // A slow name lookup must not delay the end.
    runtime.shutdown_background();
    meter.finish();
    import.save(&mut failures)?;
    import.finish(ended?, &meter, &output, session)
}

/// Returns the operation and the size of batches, if rows are sent in batches.
fn batch(kind: &Kind, matches: &ArgMatches) -> Result<Option<(&'static Operation, usize)>> {
    if matches.get_one::<String>("via").is_none_or(|way| way != "batch") {
        return Ok(None);
    }
    let operation = kind.batch.and_then(by_id);
    let operation = operation.ok_or_else(|| Failure::usage(format!("the API has no batches of {}", kind.name)))?;
    Ok(Some((operation, matches.get_one::<u16>("batch-size").map_or(500, |size| usize::from(*size)))))
}

impl Import {
    fn failures(&self, session: &mut Session<'_>) -> Result<Failures> {
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

    /// Adds the rows that an earlier run may have sent to the failed rows, and continues after them.
    fn add_doubtful_rows(&mut self, failures: &mut Failures, session: &mut Session<'_>) -> Result {
        if !self.has_doubtful_rows {
            return Ok(());
        }
        if !self.state.is_resumed {
            started::remove(&self.file)?;
        }
        let first = self.state.next;
        let started = started::read(&self.file)?;
        let doubtful = started.saturating_sub(first);
        let skipped = usize::try_from(first).unwrap_or(usize::MAX);
        let mut rows = file::rows(reader(&self.file)?).skip(skipped);
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
        self.save(failures)
    }

    /// Adds rows with the reasons to the failed rows.
    fn add_failed(&mut self, rows: Vec<(StringRecord, String)>, failures: &mut Failures) -> Result {
        for (row, reason) in rows {
            self.state.failed += 1;
            let added = failures.add(&row, &reason);
            added.map_err(|error| Failure::output(format!("could not write the failed rows: {error}")))?;
        }
        Ok(())
    }

    /// Saves the progress, after the failed rows before it.
    fn save(&mut self, failures: &mut Failures) -> Result {
        let length = failures.flush();
        self.state.failures_length =
            length.map_err(|error| Failure::output(format!("could not write the failed rows: {error}")))?;
        self.state.save(&self.file)
    }

    fn finish(mut self, ended: Ended, meter: &Meter, output: &Output, session: &mut Session<'_>) -> Result<Exit> {
        self.state.is_complete = matches!(ended, Ended::Complete);
        self.state.save(&self.file)?;
        let failed_file = self.failures_path();
        if self.state.failed == 0 && self.state.is_complete {
            // The file contains only the header.
            let _ = std::fs::remove_file(&failed_file);
        }
        let failures_file = (self.state.failed > 0).then(|| failed_file.display().to_string());
        // The API does not report which rows of a batch it rejects.
        let succeeded = if self.batch.is_some() { "submitted" } else { "succeeded" };
        let summary = json!({
            "rows": self.state.next,
            succeeded: self.state.next - self.state.failed,
            "failed": self.state.failed,
            "failures_file": failures_file,
            "rate_limited": meter.rate_limited(),
            "seconds": meter.seconds(),
        });
        output.print_value(&summary, session)?;
        match ended {
            Ended::Complete if self.state.failed == 0 => Ok(Exit::Success),
            Ended::Complete => Ok(Exit::Partial),
            Ended::Interrupted => {
                let message = Message::new("the import was interrupted").help("run the same command to continue");
                Err(Failure::new(Exit::Canceled, message))
            }
            Ended::Unauthorized(failure) => Err(failure.help("then run the same command to continue")),
            Ended::Stopped(failure) => Err(Failure { exit: Exit::Partial, ..failure }),
        }
    }
}

/// How an import ended.
enum Ended {
    Complete,
    /// By Ctrl-C.
    Interrupted,
    Unauthorized(Failure),
    /// The rest of the file can't be read, or the progress can't be saved.
    Stopped(Failure),
}

fn reader(path: &Path) -> Result<csv::Reader<std::fs::File>> {
    file::open(path).map_err(|error| Failure::usage(format!("could not read {}: {error}", path.display())))
}

fn unreadable(file: &Path, error: &csv::Error) -> Failure {
    Failure::usage(format!("could not read {}: {error}", file.display()))
}

fn mapped(pairs: &[String]) -> Result<Vec<(String, String)>> {
    let split = |pair: &String| match pair.split_once('=') {
        Some((field, column)) => Ok((field.replace('-', "_"), column.to_owned())),
        None => Err(Failure::usage(format!("invalid --map: `{pair}` has no `=`")).help("write `--map FIELD=COLUMN`")),
    };
    pairs.iter().map(split).collect()
}

/// The numbers of all rows, of the invalid rows, and of the valid rows with the key of an earlier row.
#[derive(Default)]
struct Checked {
    rows: u64,
    invalid: u64,
    duplicates: u64,
}

/// Checks all rows, and prints the first problems.
fn check(path: &Path, columns: &Columns, key: &[&str], session: &mut Session<'_>) -> Result<Checked> {
    const SHOWN: u64 = 5;
    let mut checked = Checked::default();
    let (hasher, mut seen) = (RandomState::new(), HashSet::new());
    for record in file::rows(reader(path)?) {
        let record = record.map_err(|error| unreadable(path, &error))?;
        checked.rows += 1;
        let cells = columns.key(&record, key);
        let problem = match columns.request(&record) {
            Err(reason) => {
                checked.invalid += 1;
                reason
            }
            // A hash of the key keeps the memory small.
            Ok(_) if !cells.is_empty() && !seen.insert(hasher.hash_one(&cells)) => {
                checked.duplicates += 1;
                format!("an earlier row has the same {}", key.join(" and "))
            }
            Ok(_) => continue,
        };
        if checked.invalid + checked.duplicates <= SHOWN {
            let line = record.position().map_or(0, csv::Position::line);
            let text = Message::new(problem).note(format!("line {line}")).warning(session.colors_errors());
            session.errors.write_all(text.as_bytes())?;
        }
    }
    let rest = (checked.invalid + checked.duplicates).saturating_sub(SHOWN);
    if rest > 0 {
        let unit = if rest == 1 { "warning" } else { "warnings" };
        writeln!(session.errors, "and {rest} more {unit}")?;
    }
    Ok(checked)
}
