//! `talkable gdpr`: exports or anonymizes personal data at one or more sites.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::confirm::confirm_irreversible;
use super::{required, runtime};
use crate::failure::{Exit, Failure, Result};
use crate::operation::Operation;
use crate::output::Output;
use crate::profile::Access;
use crate::request::Prepared;
use crate::session::Session;

const EXPORT: &str = "getPersonalInformationAboutPerson";
const ANONYMIZE: &str = "anonymizePerson";

pub(super) fn build(command: Command) -> Command {
    let person = || {
        Arg::new("person").value_name("EMAIL").required(true).help("The person's e-mail address, or another identifier")
    };
    command
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("export").about("Export a person's data").arg(person()).after_help(
                "Example:\n  talkable gdpr export jane@example.com --site shop-us --site shop-eu > jane.json",
            ),
        )
        .subcommand(
            Command::new("anonymize")
                .about("Anonymize a person, which can't be undone")
                .arg(person())
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
    let person = matches.get_one::<String>("person").cloned().unwrap_or_default();
    let access = Access::resolve(matches, session)?;
    if name == "anonymize" && !matches.get_flag("yes") {
        confirm_irreversible(&format!("anonymize {person}"), &access.target, session)?;
    }
    let results = each_site(operation, &person, &access)?;
    let rows = results.iter().map(|(site, result)| match (result, name) {
        (Ok(value), "export") => json!({"site": site, "status": "found", "personal_data": value}),
        (Ok(_), _) => json!({"site": site, "status": "anonymized"}),
        (Err(Problem::UnknownPerson(_)), _) => json!({"site": site, "status": "unknown person"}),
        (Err(Problem::Other(_)), _) => json!({"site": site, "status": "failed"}),
    });
    output.print_value(&Value::Array(rows.collect()), session)?;
    // A person need not exist at every site, but at one of them.
    let is_known = results.iter().any(|(_, result)| !matches!(result, Err(Problem::UnknownPerson(_))));
    let failures = results.into_iter().filter_map(|(_, result)| match result.err()? {
        Problem::UnknownPerson(_) if is_known => None,
        Problem::UnknownPerson(failure) | Problem::Other(failure) => Some(failure),
    });
    Failure::all(failures.collect())
}

/// Why the operation failed at a site.
enum Problem {
    UnknownPerson(Failure),
    Other(Failure),
}

type Results = Vec<(String, std::result::Result<Value, Problem>)>;

fn each_site(operation: &'static Operation, person: &str, access: &Access) -> Result<Results> {
    let (client, runtime) = (access.client()?, runtime()?);
    let request = Prepared { path: vec![person.to_owned()], ..Prepared::empty(operation) };
    let results = access.target.sites.iter().map(|site| {
        let result = runtime.block_on(async {
            let call = request.call(&client.for_site(site.as_str())).map_err(Problem::Other)?;
            call.await.map_err(|error| {
                let failure = access.target.failure(&error).note(format!("site {site}"));
                if error.is_not_found() { Problem::UnknownPerson(failure) } else { Problem::Other(failure) }
            })
        });
        (site.clone(), result)
    });
    Ok(results.collect())
}
