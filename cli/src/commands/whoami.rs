//! `talkable whoami` and `talkable profiles`.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};
use talkable_api::{Client, Error, Verdict};

use super::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::output::Output;
use crate::profile::{Access, Config, TALKABLE};
use crate::session::Session;

/// An operation without arguments or effects, which fails if the API rejects the key.
const HARMLESS: &str = "listCampaigns";

pub(super) fn build(command: Command) -> Command {
    command.after_help("Example:\n  talkable whoami --profile live")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    output.check_columns(&["profile", "site", "base_url", "key_from", "key_accepted"])?;
    let access = Access::resolve(matches, session)?;
    let (client, runtime) = (access.client()?, runtime()?);
    let (mut results, mut failures) = (Vec::new(), Vec::new());
    for site in &access.target.sites {
        let target = &access.target;
        let checked = runtime.block_on(verify(&client.for_site(site.as_str())));
        // Other errors, such as a lost connection, do not tell whether the key is accepted.
        let is_accepted = match &checked {
            Ok(()) => json!(true),
            Err(error) if error.verdict() == Verdict::Unauthorized => json!(false),
            Err(_) if output.is_table() => json!("unknown"),
            Err(_) => Value::Null,
        };
        let checked = checked.map_err(|error| target.failure(&error).note(format!("site {site}")));
        results.push((
            site.clone(),
            json!({
                "profile": target.profile(),
                "site": site,
                "base_url": target.base_url,
                "key_from": target.key_source(),
                "key_accepted": is_accepted,
            }),
        ));
        failures.extend(checked.err());
    }
    let printed = output.print(&results, access.target.sites.len() > 1, session);
    Failure::all(printed.err().into_iter().chain(failures).collect())
}

/// Fails if the API rejects the key for the client's site.
pub(super) async fn verify(client: &Client) -> std::result::Result<(), Error> {
    let call = match client.call_by_id(HARMLESS, [""; 0]) {
        Ok(call) => call,
        // The API no longer has the operation, so the key can't be checked.
        Err(Error::Invalid(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    call.await.map(drop)
}

pub(super) fn build_profiles(command: Command) -> Command {
    command
        .arg(Arg::new("set-default").long("set-default").value_name("NAME").help("Make this profile the default"))
        .after_help("Example:\n  talkable profiles --set-default live")
}

pub(super) fn profiles(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    output.check_columns(&["name", "default", "site", "base_url", "key_from"])?;
    let mut config = Config::read(session)?;
    if let Some(name) = matches.get_one::<String>("set-default") {
        config.profile(name)?;
        config.default_profile = Some(name.clone());
        config.write(session)?;
    }
    let rows = config.profiles.iter().map(|(name, profile)| {
        json!({
            "name": name,
            "default": config.default_profile.as_ref() == Some(name),
            "site": profile.site,
            "base_url": profile.base_url.as_deref().unwrap_or(TALKABLE),
            "key_from": profile.key_source(),
        })
    });
    output.print_value(&Value::Array(rows.collect()), session)?;
    Ok(Exit::Success)
}
