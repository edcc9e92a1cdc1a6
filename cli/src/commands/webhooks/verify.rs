//! `talkable webhooks verify`: checks the security key and the payload of a webhook in a file.

use std::fs;

use clap::{Arg, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};
use talkable_api::webhook::{Delivery, Verifier};

use super::saved::Saved;
use super::{key_file, known, security_key};
use crate::failure::{Exit, Failure, Message, Result};
use crate::output::Output;
use crate::session::Session;

const DETAILS: &str = "\
Checks a webhook in a file. The file contains either the body of a request, including the security key, or a delivery that \
`talkable webhooks listen --save` wrote without the key.

The payload is decoded like that of a receiver that uses talkable-api: a number is accepted for a text, and a field or a kind that \
this version does not know is accepted too. The result says whether the kind is known; the fields of other kinds are not checked.";

pub(super) fn command() -> Command {
    Command::new("verify")
        .about("Check the security key and the payload of a webhook in a file")
        .long_about(DETAILS)
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .value_hint(ValueHint::FilePath)
                .help("A file with a request body or a saved delivery"),
        )
        .arg(key_file())
        .after_help("Example:\n  talkable webhooks verify body.txt")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    output.check_columns(&["key", "kind", "known", "site"])?;
    let path = matches.get_one::<String>("file").map(String::as_str).unwrap_or_default();
    let body = fs::read(path).map_err(|error| Failure::read(path, error))?;
    let json: Option<Value> = serde_json::from_slice(&body).ok();
    let is_saved = json.as_ref().is_some_and(|json| json.get("key").is_none() && json.get("payload").is_some());
    let (delivery, key) = if is_saved {
        let request = Saved::read(path)?.webhook().form("none");
        (verify("none".into(), request.content_type, &request.body)?, "not checked (not saved)")
    } else {
        let content_type = if json.is_some() { "application/json" } else { "application/x-www-form-urlencoded" };
        (verify(security_key(matches, session)?, content_type, &body)?, "accepted")
    };
    let kind = delivery.kind.clone().unwrap_or_default();
    let value = json!({"key": key, "kind": kind, "known": known(&kind).is_some(), "site": delivery.site});
    output.print_value(&value, session)?;
    Ok(Exit::Success)
}

fn verify(key: talkable_api::SecretString, content_type: &str, body: &[u8]) -> Result<Delivery> {
    let verifier = Verifier::new(key).map_err(|error| Failure::usage(error.to_string()))?;
    verifier.verify(Some(content_type), body).map_err(|rejection| {
        let message = Message::new(format!("the webhook is invalid: {}", rejection.reason()));
        let message = match rejection.pointer() {
            Some(pointer) => message.note(format!("at {pointer}")),
            None => message,
        };
        Failure::new(
            Exit::Rejected,
            message.note(format!("a receiver should reply with status {}", rejection.status())),
        )
    })
}
