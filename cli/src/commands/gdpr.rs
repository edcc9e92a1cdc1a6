//! `talkable gdpr`: exports or anonymizes personal data at one or more sites.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};
use talkable_api::Client;

use super::confirm::confirm_irreversible;
use super::operation::dry_run;
use super::{reject_empty, required, runtime};
use crate::failure::{Exit, Failure, Result};
use crate::operation::Operation;
use crate::output::Output;
use crate::profile::{Access, Target};
use crate::request::Prepared;
use crate::session::Session;

const EXPORT: &str = "getPersonalInformationAboutPerson";
const ANONYMIZE: &str = "anonymizePerson";

const ANONYMIZE_DETAILS: &str = "\
Anonymizes a person, which can't be undone, and prints the result for each site. Unlike `talkable people anonymize`, it does not \
fail if the person exists at only some of the sites.";

pub(super) fn build(command: Command) -> Command {
    let person = || {
        Arg::new("person").value_name("EMAIL").required(true).help("The person's e-mail address, or another identifier")
    };
    let dry_run = Arg::new("dry-run").long("dry-run").action(ArgAction::SetTrue);
    let dry_run = dry_run.help("Print the requests as curl commands without the key, and send nothing");
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("export").about("Export a person's data").arg(person()).arg(dry_run.clone()).after_help(
                "Example:\n  talkable gdpr export jane@example.com --site shop-us --site shop-eu > jane.json",
            ),
        )
        .subcommand(
            Command::new("anonymize")
                .about("Anonymize a person, which can't be undone")
                .long_about(ANONYMIZE_DETAILS)
                .arg(person())
                .arg(dry_run)
                .arg(
                    Arg::new("yes")
                        .long("yes")
                        .short('y')
                        .action(ArgAction::SetTrue)
                        .help("Do not ask for confirmation"),
                )
                .after_help("Example:\n  talkable gdpr anonymize jane@example.com --site shop-us --site shop-eu"),
        )
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    let operation = required(if name == "export" { EXPORT } else { ANONYMIZE })?;
    let output = Output::new(matches, session)?;
    check_columns(name, operation, &output)?;
    let person = matches.get_one::<String>("person").cloned().unwrap_or_default();
    reject_empty(&person, "<EMAIL>")?;
    let request = Prepared { path: vec![person.clone()], ..Prepared::empty(operation) };
    if matches.get_flag("dry-run") {
        return dry_run(&request, matches, session);
    }
    let access = Access::resolve(matches, session)?;
    let client = access.client()?;
    if name == "anonymize" && !matches.get_flag("yes") {
        confirm_irreversible(&format!("anonymize {person}"), &access.target, session)?;
    }
    let results = each_site(&request, &client, &access.target)?;
    let printed = if name == "export" && output.is_table() {
        print_data(&results, &output, session)
    } else {
        let rows = results.iter().map(|(site, result)| match (result, name) {
            (Ok(value), "export") => {
                json!({"site": site, "status": "found", "error": null, "personal_data": value})
            }
            (Ok(_), _) => json!({"site": site, "status": "anonymized", "error": null}),
            (Err(Problem::UnknownPerson(_)), _) => json!({"site": site, "status": "unknown person", "error": null}),
            (Err(Problem::Other(failure)), _) => {
                let error = failure.errors.first().map(|message| &message.title);
                json!({"site": site, "status": "failed", "error": error})
            }
        });
        let rows = Value::Array(rows.collect());
        let printed = output.print_value(&rows, session);
        // An anonymized person is unknown, so repeating the command would not show the result.
        if printed.is_err() && name == "anonymize" {
            Output::JSON.print_value(&rows, session)?;
        }
        printed
    };
    // A person need not exist at every site, but at one of them.
    let is_known = results.iter().any(|(_, result)| !matches!(result, Err(Problem::UnknownPerson(_))));
    let failures = results.into_iter().filter_map(|(_, result)| match result.err()? {
        Problem::UnknownPerson(_) if is_known => None,
        Problem::UnknownPerson(failure) | Problem::Other(failure) => Some(failure),
    });
    Failure::all(printed.err().into_iter().chain(failures).collect())
}

/// Fails if the result can't have a chosen column. The table of an export contains only the data.
fn check_columns(name: &str, operation: &Operation, output: &Output) -> Result {
    let own = ["site", "status", "error"];
    let fields: Vec<_> = match name {
        "export" if output.is_table() => operation.fields().collect(),
        "export" => own.into_iter().chain(["personal_data"]).chain(operation.fields()).collect(),
        _ => own.to_vec(),
    };
    output.check_columns(&fields)
}

/// Why the operation failed at a site.
enum Problem {
    UnknownPerson(Failure),
    Other(Failure),
}

type Results = Vec<(String, std::result::Result<Value, Problem>)>;

/// Prints the data that was found, with the name of the site if there are several.
fn print_data(results: &Results, output: &Output, session: &mut Session<'_>) -> Result {
    for (site, result) in results {
        if results.len() > 1 {
            let status = match result {
                Ok(_) => "found",
                Err(Problem::UnknownPerson(_)) => "unknown person",
                Err(Problem::Other(_)) => "failed",
            };
            writeln!(session.output, "{site}: {status}")?;
        }
        if let Ok(value) = result {
            output.print_value(value, session)?;
        }
    }
    Ok(())
}

fn each_site(request: &Prepared, client: &Client, target: &Target) -> Result<Results> {
    let runtime = runtime()?;
    let results = target.sites.iter().map(|site| {
        let result = runtime.block_on(async {
            let call = request.call(&client.for_site(site.as_str())).map_err(Problem::Other)?;
            call.await.map_err(|error| {
                let failure = target.failure_of(&error, &request.path).note(format!("site {site}"));
                if error.is_not_found() { Problem::UnknownPerson(failure) } else { Problem::Other(failure) }
            })
        });
        (site.clone(), result)
    });
    Ok(results.collect())
}
