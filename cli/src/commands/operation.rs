//! Runs the command of an operation for each site.

use clap::ArgMatches;
use serde_json::Value;
use talkable_api::Client;

use super::confirm::confirm_irreversible;
use super::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::operation::Operation;
use crate::output::Output;
use crate::profile::{Access, Target};
use crate::request::{Prepared, curl};
use crate::session::Session;

pub(crate) fn run(operation: &'static Operation, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    if !matches.get_flag("unchecked") {
        check_columns(operation, &output, matches)?;
    }
    let prepared = Prepared::new(operation, matches, session)?;
    if matches.get_flag("dry-run") {
        return dry_run(&prepared, matches, session);
    }
    let access = Access::resolve(matches, session)?;
    let client = access.client()?;
    if operation.is_irreversible() && !matches.get_flag("yes") {
        let action = format!("{} {}", operation.name.replace('-', " "), prepared.path.join(" "));
        confirm_irreversible(&action, &access.target, session)?;
    }
    let reads_all = operation.page_items.filter(|_| matches.get_flag("all-pages"));
    let runtime = runtime()?;
    let (mut results, mut failures) = (Vec::new(), Vec::new());
    for site in &access.target.sites {
        let client = client.for_site(site.as_str());
        let result = runtime.block_on(async {
            match reads_all {
                Some(items) => all_pages(&prepared, items, &client, &access.target).await,
                None => call(&prepared, &client, &access.target).await,
            }
        });
        match result {
            Ok(value) => results.push((site.clone(), value)),
            Err(failure) => failures.push(failure.note(format!("site {site}"))),
        }
    }
    if !results.is_empty() {
        let has_sites = access.target.sites.len() > 1;
        if let Err(failure) = output.print(&results, has_sites, session) {
            // Otherwise the request would have to be repeated to see its result.
            if operation.method != "GET" {
                Output::JSON.print(&results, has_sites, session)?;
            }
            failures.insert(0, failure);
        }
    }
    Failure::all(failures)
}

/// Fails if the result can't have a chosen column, so that no request is sent whose result can't be printed.
fn check_columns(operation: &Operation, output: &Output, matches: &ArgMatches) -> Result {
    let mut fields: Vec<_> = operation.fields().collect();
    let has_sites = matches.get_many::<String>("site").is_some_and(|sites| sites.len() > 1);
    if has_sites && !fields.is_empty() {
        fields.push("site");
    }
    let checked = output.check_columns(&fields);
    checked.map_err(|failure| failure.help("for fields that this version does not know, pass `--unchecked`"))
}

/// Prints the request for each site as a curl command.
pub(super) fn dry_run(prepared: &Prepared, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let target = Target::resolve(matches, session)?;
    // The request is not sent, so a placeholder replaces the key.
    let client = target.client("dry-run".into())?;
    for site in &target.sites {
        let call = prepared.call(&client.for_site(site.as_str()))?;
        write!(session.output, "{}", curl(prepared, &call, &target.base_url))?;
    }
    Ok(Exit::Success)
}

async fn call(prepared: &Prepared, client: &Client, target: &Target) -> Result<Value> {
    prepared.call(client)?.await.map_err(|error| target.failure_of(&error, &prepared.path))
}

/// Reads pages until one is empty, and returns the first result with the items of all pages.
async fn all_pages(prepared: &Prepared, items: &'static str, client: &Client, target: &Target) -> Result<Value> {
    let mut all: Option<Value> = None;
    for page in 1_u32.. {
        let mut result = call(&prepared.with_page(page), client, target).await?;
        let Some(Value::Array(found)) = result.get_mut(items).map(Value::take) else { break };
        let is_last = found.is_empty();
        let whole = all.get_or_insert(result);
        match whole.get_mut(items) {
            Some(Value::Array(whole)) => whole.extend(found),
            Some(empty) => *empty = Value::Array(found),
            None => break,
        }
        if is_last {
            break;
        }
    }
    Ok(all.unwrap_or_default())
}
