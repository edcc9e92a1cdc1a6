//! `talkable import`: sends the rows of a CSV file.

mod begin;
mod check;
mod drive;
mod job;
mod kind;
mod meter;
mod reasons;
mod rows;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, Id, ValueHint};
use csv::StringRecord;
use serde_json::json;
use talkable_api::Client;

use self::begin::{Beginning, begin};
use self::check::check;
use self::job::Import;
use self::kind::{KINDS, Kind};
use self::meter::{Attempts, Meter};
use self::reasons::Reasons;
use super::confirm::confirm;
use super::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::import::columns::Columns;
use crate::import::mapping::Mapping;
use crate::import::state::{Destination, Identity};
use crate::import::{file, with_suffix};
use crate::output::Output;
use crate::profile::{self, Access, is_live};
use crate::session::Session;
use crate::text::shell_word;

const DETAILS: &str = "\
Sends each row of a CSV file to the API. A column sets the field of the same name, such as order_number or \
custom_properties.color; --map assigns columns with other names. An empty cell sets nothing. A list is written as `a;b` or as \
JSON. A time needs an offset, such as 2026-01-31T12:00:00Z, and a number has a decimal point, such as 1234.50. If the header \
contains no comma, the file can be separated by semicolons or tabs.

Rows that fail are written to FILE.failed with the reason. Correct them there, and import that file.

The progress is saved in FILE.progress and FILE.started, so that the same command continues after an interruption. It fails \
if a row that was sent or an option for the columns has changed, unless --restart is passed.

Ctrl-C or SIGTERM waits for the rows in flight, unless the API does not respond or Ctrl-C is pressed again. Rows that were \
still in flight then, or during a crash, may have reached the API. The next run sends purchases, events and people again, \
which has no further effect, and writes refunds and affiliate members to FILE.failed instead.

If the API does not respond, the import keeps trying: on a terminal until Ctrl-C is pressed, and otherwise for 5 minutes. \
--timeout sets another limit. The import then ends with exit code 4, and the same command continues.

If the server is not on this machine, the command first checks all rows and asks for confirmation.";

/// How long to retry without a terminal while the API does not respond, in seconds.
const PATIENCE: u64 = 300;

const EXAMPLE: &str = "\
Example:
  talkable import purchases orders.csv --map order_number=id --map created_at=date --ignore note";

pub(super) fn build(command: Command) -> Command {
    let flag = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    command
        .long_about(DETAILS)
        .after_help(EXAMPLE)
        .arg(Arg::new("kind").value_name("KIND").required(true).value_parser(PossibleValuesParser::new(KINDS.iter().map(|kind| kind.name))).help("What each row is"))
        .arg(Arg::new("file").required(true).value_name("FILE").value_hint(ValueHint::FilePath).help("A CSV file with a header"))
        .arg(Arg::new("map").long("map").value_name("FIELD=COLUMN").action(ArgAction::Append).help("Read a field from a column with another name; can be repeated"))
        .arg(Arg::new("ignore").long("ignore").value_name("COLUMNS").value_delimiter(',').action(ArgAction::Append).help("Ignore these columns"))
        .arg(Arg::new("concurrency").long("concurrency").value_name("CALLS").value_parser(clap::value_parser!(u16).range(1..)).default_value("32").help("The maximum number of calls in flight"))
        .arg(Arg::new("via").long("via").value_name("WAY").value_parser(["single", "batch"]).default_value("single").help("Send one row or a batch of rows per call; the API does not report which rows of a batch it rejects"))
        .arg(Arg::new("batch-size").long("batch-size").value_name("ROWS").value_parser(clap::value_parser!(u16).range(1..)).default_value("500").help("The number of rows in a batch"))
        .arg(flag("check").help("Check the fields and their types, and send nothing; the API may still reject rows"))
        .arg(flag("restart").help("Start again from the first row; an existing FILE.failed is renamed to FILE.failed.1"))
        .arg(flag("unchecked").help("Send values that this version does not know"))
        .arg(flag("yes").short('y').help("Do not ask for confirmation"))
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    profile::site(matches)?;
    let text = |name| matches.get_one::<String>(name).map(String::as_str).unwrap_or_default();
    let (kind, operation) = Kind::find(text("kind"))?;
    let file = PathBuf::from(text("file"));
    let batch = kind.batch(matches)?;
    let is_check = matches.get_flag("check");
    let names = if is_check { &["rows", "invalid", "duplicates"][..] } else { &job::summary_names(batch.is_some()) };
    output.check_columns(names)?;
    let headers = headers(&file)?;
    let mapping = mapping(matches)?;
    let columns = Columns::new(operation, &headers, &mapping, kind.fallbacks, matches.get_flag("unchecked"))?;
    if is_check {
        let checked = check(&file, &columns, kind.key, session)?;
        let (rows, invalid, duplicates) = (checked.rows, checked.invalid, checked.duplicates);
        output.print_value(&json!({"rows": rows, "invalid": invalid, "duplicates": duplicates}), session)?;
        return Ok(if invalid == 0 { Exit::Success } else { Exit::Partial });
    }
    let access = Access::resolve(matches, session)?;
    let site = access.target.sites.first().cloned().unwrap_or_default();
    let base_url = access.target.base_url.clone();
    let attempts = Arc::<Attempts>::default();
    let client = access.client_with(|builder| builder.on_attempt(attempts.observer()))?;
    let destination = Destination { kind: kind.name.to_owned(), site: site.clone(), base_url: base_url.clone() };
    let identity = Identity { destination, options: mapping.options() };
    let beginning = begin(&file, identity, operation.is_idempotent, matches.get_flag("restart"))?;
    let Beginning { started, state, hash, total } = beginning;
    if is_live(&base_url) {
        let checked = check(&file, &columns, kind.key, session)?;
        if !matches.get_flag("yes") {
            let sent = if state.next > 0 { format!(", {} of them already sent", state.next) } else { String::new() };
            confirm(&format!("{}{sent}; send the rows to site {site} of {base_url}?", checked.summary()), session)?;
        }
    }
    let concurrency = matches.get_one::<u16>("concurrency").map_or(32, |calls| usize::from(*calls));
    let patience = matches.get_one("timeout").copied().or((!session.is_error_terminal).then_some(PATIENCE));
    let import = Import {
        again: again(kind, &with_suffix(&file, "failed"), matches),
        reasons: Reasons::default(),
        file,
        columns,
        headers,
        batch,
        concurrency,
        patience: patience.map(Duration::from_secs),
        state,
        hash,
        total,
        started: started.into(),
        target: access.target,
        is_idempotent: operation.is_idempotent,
    };
    send(import, &client, attempts, &output, session)
}

/// Sends the rows, and prints the summary.
fn send(
    mut import: Import,
    client: &Client,
    attempts: Arc<Attempts>,
    output: &Output,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let mut failures = import.failures(session)?;
    import.resume(&mut failures, session)?;
    import.save(&mut failures)?;
    let meter = Meter::new(import.state.next, import.total, attempts, session);
    let runtime = runtime()?;
    let ended = runtime.block_on(rows::send(&mut import, client, &mut failures, &meter, session));
    // A slow name lookup must not delay the end.
    runtime.shutdown_background();
    meter.finish();
    import.save(&mut failures)?;
    import.finish(ended?, &meter, output, session)
}

/// Returns the command that imports the file with the same options.
fn again(kind: &Kind, file: &Path, matches: &ArgMatches) -> String {
    let mut words = vec!["talkable import".to_owned(), kind.name.to_owned(), shell_word(&file.to_string_lossy())];
    let ids = matches.ids().map(Id::as_str).filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine));
    for id in ids.filter(|id| !["kind", "file", "restart", "yes"].contains(id)) {
        if matches.try_get_one::<bool>(id).is_ok() {
            words.push(format!("--{id}"));
            continue;
        }
        let values = matches.get_raw(id).into_iter().flatten();
        words.extend(values.map(|value| format!("--{id} {}", shell_word(&value.to_string_lossy()))));
    }
    words.join(" ")
}

/// Reads the options for the columns.
fn mapping(matches: &ArgMatches) -> Result<Mapping> {
    let list = |name| matches.get_many::<String>(name).into_iter().flatten().cloned().collect::<Vec<_>>();
    Mapping::new(&list("map"), list("ignore"))
}

/// Reads the header of the file.
fn headers(file: &Path) -> Result<StringRecord> {
    if file == Path::new("-") || file.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let failure = Failure::usage(format!("{} is not a regular file", file.display()));
        return Err(failure.help("write the rows to a file, next to which the progress is saved"));
    }
    if file::is_binary(file).map_err(|error| Failure::read(file.display(), error))? {
        let failure = Failure::usage(format!("{} is not a CSV file", file.display()));
        return Err(failure.help("export the rows as CSV in UTF-8"));
    }
    let mut reader = file::open(file).map_err(|error| Failure::read(file.display(), error))?;
    let headers = reader.headers().map_err(|error| unreadable(file, &error))?.clone();
    if headers.is_empty() {
        return Err(Failure::usage(format!("{} is empty", file.display())));
    }
    Ok(headers)
}

/// Returns the rows of the file.
fn rows_of(path: &Path) -> Result<impl Iterator<Item = csv::Result<StringRecord>> + use<>> {
    file::rows(path).map_err(|error| Failure::read(path.display(), error))
}

fn unreadable(path: &Path, error: &csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => Failure::usage(format!("the header of {} is not valid UTF-8", path.display()))
            .help("save the file as UTF-8"),
        _ => Failure::read(path.display(), error),
    }
}
