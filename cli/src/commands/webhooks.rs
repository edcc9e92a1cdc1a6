//! `talkable webhooks`: receives, sends and checks webhooks.

mod listen;
mod receive;
mod saved;
mod send;
mod verify;

use std::fs;

use clap::{Arg, ArgMatches, Command, ValueHint};
use talkable_api::{SecretString, reqwest};

use crate::failure::{Exit, Failure, Result};
use crate::generated::WEBHOOKS;
use crate::operation::Webhook;
use crate::session::Session;

/// The environment variable that contains the security key.
const KEY: &str = "TALKABLE_WEBHOOK_KEY";

const DETAILS: &str = "\
Receives, sends and checks webhooks. The security key is never an argument: it is read from TALKABLE_WEBHOOK_KEY, from a file \
with --key-file, or from the terminal. The security key of the sandbox is `sandbox`.";

pub(super) fn build(command: Command) -> Command {
    let kinds =
        WEBHOOKS.iter().map(|webhook| format!("  {:<30}  {}", webhook.kind, crate::text::summary(webhook.about)));
    let kinds = kinds.collect::<Vec<_>>().join("\n");
    command
        .long_about(DETAILS)
        .after_help(format!("Kinds of webhooks:\n{kinds}"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([listen::command(), send::trigger_command(), send::replay_command(), verify::command()])
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    match matches.subcommand() {
        Some(("listen", matches)) => listen::run(matches, session),
        Some(("trigger", matches)) => send::trigger(matches, session),
        Some(("replay", matches)) => send::replay(matches, session),
        Some(("verify", matches)) => verify::run(matches, session),
        _ => Ok(Exit::Usage),
    }
}

/// The option for a file with the security key.
fn key_file() -> Arg {
    let argument = Arg::new("key-file").long("key-file").value_name("FILE").value_hint(ValueHint::FilePath);
    argument.help("Read the security key from this file instead of TALKABLE_WEBHOOK_KEY")
}

/// Reads the security key.
fn security_key(matches: &ArgMatches, session: &Session<'_>) -> Result<SecretString> {
    let key = match matches.get_one::<String>("key-file") {
        Some(path) => fs::read_to_string(path).map_err(|error| Failure::read(path, error))?,
        None => match session.variable(KEY) {
            Some(key) => key,
            None if session.is_input_terminal && session.is_error_terminal => {
                let key = rpassword::prompt_password("Security key of the webhooks (the sandbox's is `sandbox`): ");
                key.map_err(|error| Failure::usage(format!("could not read the key: {error}")))?
            }
            None => {
                let failure = Failure::usage("the security key of the webhooks is not set");
                return Err(failure.help(format!("set {KEY}, or pass `--key-file`")));
            }
        },
    };
    Ok(key.trim().to_owned().into())
}

/// Reads an option with the URL of a receiver.
fn url(option: &str, matches: &ArgMatches) -> Result<Option<String>> {
    let Some(text) = matches.get_one::<String>(option) else { return Ok(None) };
    let is_url = reqwest::Url::parse(text).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    if is_url {
        return Ok(Some(text.clone()));
    }
    let failure = Failure::usage(format!("invalid --{option}: `{text}` is not the URL of a server"));
    let help = if text.contains("://") { "use http:// or https://" } else { &format!("write http://{text}") };
    Err(failure.help(help))
}

fn known(kind: &str) -> Option<&'static Webhook> {
    WEBHOOKS.iter().find(|webhook| webhook.kind == kind)
}
