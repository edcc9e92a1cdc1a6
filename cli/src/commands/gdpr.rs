//! `talkable gdpr`: personal data at several sites.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use super::confirm::confirm;
use super::{required, runtime};
use crate::failure::{Exit, Result};
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
            Command::new("export").about("Export all personal data of a person").arg(person()).after_help(
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
                        .help("Does not ask for confirmation"),
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
        let (sites, server) = (access.place.sites.join(", "), &access.place.base_url);
        confirm(&format!("anonymize {person} at {sites} of {server}? This can't be undone."), session)?;
    }
    let results = each_site(operation, &person, &access)?;
    let failures: Vec<_> = results.iter().filter_map(|(_, result)| result.as_ref().err().cloned()).collect();
    let rows = results.into_iter().map(|(site, result)| match (result, name) {
        (Ok(value), "export") => json!({"site": site, "status": "found", "personal_data": value}),
        (Ok(_), _) => json!({"site": site, "status": "anonymized"}),
        (Err(failure), _) if failure.is_unknown_person() => json!({"site": site, "status": "unknown person"}),
        (Err(_), _) => json!({"site": site, "status": "failed"}),
    });
    output.print_value(&Value::Array(rows.collect()), session)?;
    let is_everywhere_unknown = failures.len() == access.place.sites.len();
    // A person need not exist at every site.
    let mut failures = failures.into_iter().filter(|failure| is_everywhere_unknown || !failure.is_unknown_person());
    failures.next().map_or(Ok(Exit::Success), Err)
}

type Results = Vec<(String, Result<Value>)>;

fn each_site(operation: &'static Operation, person: &str, access: &Access) -> Result<Results> {
    let (client, runtime) = (access.client()?, runtime()?);
    let request = Prepared { path: vec![person.to_owned()], ..Prepared::empty(operation) };
    let results = access.place.sites.iter().map(|site| {
        let result = runtime.block_on(async {
            let call = request.call(&client.for_site(site.as_str()))?;
            call.await.map_err(|error| access.place.failure(&error).note(format!("site {site}")))
        });
        (site.clone(), result)
    });
    Ok(results.collect())
}
