//! `talkable export`: calls an operation for each e-mail address in a file.

mod spool;

use std::fs::File;
use std::io::Read as _;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use serde_json::{Map, Value, json};
use talkable_api::bulk::Bulk;
use talkable_api::{Call, Client, Error, Verdict};

use self::spool::Spool;
use super::{required, runtime};
use crate::failure::{Exit, Failure, Message, Result};
use crate::operation::Operation;
use crate::output;
use crate::profile::{Access, Target};
use crate::request::Prepared;
use crate::session::Session;

/// The kinds of exports, each with its operation.
const KINDS: [(&str, &str); 4] = [
    ("rewards", "getRewardsReceivedByPerson"),
    ("shares", "getSharesMadeByPerson"),
    ("referrals", "getFriendsReferredByAdvocate"),
    ("people", "findPerson"),
];

const DETAILS: &str = "\
Reads a file with one e-mail address per line, and prints the rewards, shares, referrals or profiles of these people: one item \
per line as JSON Lines, or as CSV with --output csv. The field `person` of each item contains the address. Other identifiers of \
people, such as usernames, also work.";

pub(super) fn build(command: Command) -> Command {
    let kinds = PossibleValuesParser::new(KINDS.map(|(name, _)| name));
    command
        .long_about(DETAILS)
        .after_help("Example:\n  talkable export rewards addresses.txt --output csv > rewards.csv")
        .arg(Arg::new("kind").value_name("KIND").required(true).value_parser(kinds).help("What to export"))
        .arg(
            Arg::new("file")
                .required(true)
                .value_name("FILE")
                .value_hint(ValueHint::FilePath)
                .help("A file with one e-mail address per line, or `-` for standard input"),
        )
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let kind = matches.get_one::<String>("kind").map(String::as_str).unwrap_or_default();
    let id = KINDS.iter().find(|(name, _)| *name == kind).map(|(_, id)| *id).unwrap_or_default();
    let operation = required(id)?;
    let is_csv = match matches.get_one::<String>("output").map(String::as_str) {
        None | Some("jsonl") => false,
        Some("csv") => true,
        Some(other) => {
            let failure = Failure::usage(format!("--output {other} can't be used with `talkable export`"));
            return Err(failure.help("use `--output jsonl` or `--output csv`"));
        }
    };
    if !is_csv {
        output::reject(matches, &["columns"], "JSON Lines", "add `--output csv`")?;
    }
    let columns = output::chosen(matches)?;
    let addresses = addresses(matches, session)?;
    let access = Access::resolve(matches, session)?;
    let (client, runtime) = (access.client()?, runtime()?);
    let has_sites = access.target.sites.len() > 1;
    let mut spool = is_csv.then(Spool::new).transpose()?;
    let mut failed = Vec::new();
    let exported = access.target.sites.iter().try_for_each(|site| {
        let client = client.for_site(site.as_str());
        let site = has_sites.then_some(site.as_str());
        let mut write = |item: &Value| match &mut spool {
            Some(spool) => spool.add(item),
            None => Ok(writeln!(session.output, "{item}")?),
        };
        runtime.block_on(export(operation, &addresses, &client, &access.target, site, &mut write, &mut failed))
    });
    // If the export stopped halfway, the items before the failure are printed.
    let printed = spool.map_or(Ok(()), |spool| spool.write(&columns, &mut *session.output));
    let partial = (!failed.is_empty()).then_some(Failure { exit: Exit::Partial, errors: failed });
    Failure::all(exported.err().into_iter().chain(printed.err()).chain(partial).collect())
}

fn addresses(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Vec<String>> {
    let path = matches.get_one::<String>("file").map(String::as_str).unwrap_or_default();
    let mut text = String::new();
    let read = match path {
        "-" => session.input.read_to_string(&mut text),
        path => File::open(path).and_then(|mut file| file.read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::read(if path == "-" { "standard input" } else { path }, error))?;
    // The file can be CSV with the addresses in the first column.
    let lines = text.lines().map(|line| line.split(',').next().unwrap_or_default().trim().trim_matches('"'));
    let is_header = |line: &str| ["email", "e-mail", "person_slug"].contains(&line.to_ascii_lowercase().as_str());
    Ok(lines.filter(|line| !line.is_empty() && !is_header(line)).map(str::to_owned).collect())
}

/// Calls the operation for each address, passes the items to `write`, and adds the errors to `failed`. If there are several sites,
/// `site` becomes a field of the items.
async fn export(
    operation: &'static Operation,
    addresses: &[String],
    client: &Client,
    target: &Target,
    site: Option<&str>,
    write: &mut dyn FnMut(&Value) -> Result,
    failed: &mut Vec<Message>,
) -> Result {
    let call = |address: &&String| -> std::result::Result<Call<Value>, Error> {
        let request = Prepared { path: vec![(*address).clone()], ..Prepared::empty(operation) };
        request.call_without_files(client)
    };
    let mut rows = Bulk::new(addresses).one_by_one(call);
    while let Some(outcome) = rows.next().await {
        match outcome.result {
            Ok(value) => {
                for item in output::items(&value) {
                    let mut fields = Map::from_iter([("person".to_owned(), json!(outcome.input))]);
                    fields.extend(site.map(|site| ("site".to_owned(), json!(site))));
                    fields.extend(fields_of(item));
                    write(&Value::Object(fields))?;
                }
            }
            Err(error) if error.verdict() == Verdict::Unauthorized => return Err(target.failure(&error)),
            Err(error) => {
                let site = site.map(|site| format!(", site {site}")).unwrap_or_default();
                let failure = target
                    .failure_of(&error, std::slice::from_ref(outcome.input))
                    .note(format!("person {}{site}", outcome.input));
                failed.extend(failure.errors);
            }
        }
    }
    Ok(())
}

/// Returns the fields of an item. If its only field is an object, returns the fields of that object.
fn fields_of(item: &Value) -> Map<String, Value> {
    match item {
        Value::Object(own) if own.len() == 1 => match own.values().next() {
            Some(Value::Object(inner)) => inner.clone(),
            _ => own.clone(),
        },
        Value::Object(own) => own.clone(),
        item => Map::from_iter([("value".to_owned(), item.clone())]),
    }
}
