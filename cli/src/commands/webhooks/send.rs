//! `talkable webhooks trigger` and `replay`: sends webhooks the way Talkable does.

use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, ArgMatches, Command, ValueHint};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use talkable_api::SecretString;
use talkable_api::reqwest;
use talkable_api::webhook::testing::WebhookBuilder;

use super::saved::{Saved, files};
use super::{key_file, known, security_key, url};
use crate::commands::runtime;
use crate::failure::{Exit, Failure, Message, Result};
use crate::generated::WEBHOOKS;
use crate::input::read;
use crate::output::{Output, reject};
use crate::profile::site;
use crate::session::Session;

/// The maximum duration of a request to the receiver.
const TIMEOUT: Duration = Duration::from_secs(30);

fn to() -> Arg {
    Arg::new("to").long("to").value_name("URL").value_hint(ValueHint::Url).help("The URL of the receiver")
}

pub(super) fn trigger_command() -> Command {
    let kinds = PossibleValuesParser::new(WEBHOOKS.iter().map(|webhook| webhook.kind));
    Command::new("trigger")
        .about("Send a webhook with a sample payload or your own")
        .arg(Arg::new("kind").value_name("KIND").required(true).value_parser(kinds).hide_possible_values(true).help("The kind of webhook; `talkable webhooks --help` lists them"))
        .arg(to().required_unless_present("print"))
        .arg(Arg::new("data").long("data").short('d').value_name("JSON").help("The payload, instead of a sample: JSON, `@FILE`, or `-` for standard input"))
        .arg(Arg::new("set").long("set").value_name("POINTER=VALUE").action(ArgAction::Append).help("Change a value of the payload, such as `/reward/amount=5.00`; can be repeated"))
        .arg(Arg::new("print").long("print").action(ArgAction::SetTrue).help("Print the payload, and send nothing"))
        .arg(key_file())
        .after_help("Example:\n  talkable webhooks trigger reward_web_hook --print > reward.json\n  talkable webhooks trigger reward_web_hook --to http://127.0.0.1:3000/ --data @reward.json")
}

pub(super) fn trigger(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    output.check_columns(&["kind", "status", "reply", "error"])?;
    if matches.get_flag("print") {
        reject(matches, &["output", "columns", "jq"], "--print", "remove one of the options")?;
    }
    let kind = matches.get_one::<String>("kind").cloned().unwrap_or_default();
    let text = match matches.get_one::<String>("data") {
        Some(data) => read::text(data, "--data", session)?,
        None => known(&kind).map(|webhook| webhook.sample.to_owned()).unwrap_or_default(),
    };
    let mut payload: Value =
        serde_json::from_str(&text).map_err(|error| Failure::usage(format!("invalid --data: not JSON: {error}")))?;
    for change in matches.get_many::<String>("set").into_iter().flatten() {
        let Some((pointer, value)) = change.split_once('=').filter(|(pointer, _)| pointer.starts_with('/')) else {
            return Err(Failure::usage(format!("invalid --set: `{change}`")).help("write `--set /reward/amount=5.00`"));
        };
        let target = payload.pointer_mut(pointer).ok_or_else(|| {
            let failure = Failure::usage(format!("invalid --set: the payload has no value at {pointer}"));
            failure.help("`--print` shows the payload; to add a field, edit the payload and pass it with `--data`")
        })?;
        *target = edit(target, value);
    }
    if matches.get_flag("print") {
        writeln!(session.output, "{payload:#}")?;
        return Ok(Exit::Success);
    }
    let mut webhook = WebhookBuilder::new(kind.as_str(), payload);
    if let Some(site) = site(matches)? {
        webhook = webhook.site(site.as_str());
    }
    let (url, key) = (url("to", matches)?.unwrap_or_default(), security_key(matches, session)?);
    let (row, is_delivered) = runtime()?.block_on(deliver(&kind, &webhook, &url, &key))?;
    output.print_value(&json!([row]), session)?;
    Ok(if is_delivered { Exit::Success } else { Exit::Rejected })
}

/// Returns the new value of a field: a string if the sample has a string or the text is not JSON, and otherwise JSON.
fn edit(sample: &Value, text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_string() || !sample.is_string() => value,
        _ => json!(text),
    }
}

pub(super) fn replay_command() -> Command {
    Command::new("replay")
        .about("Send saved webhooks again")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .required(true)
                .num_args(1..)
                .value_hint(ValueHint::AnyPath)
                .help("Files written by `talkable webhooks listen --save`, or folders with them"),
        )
        .arg(to().required(true))
        .arg(key_file())
        .after_help("Example:\n  talkable webhooks replay deliveries --to http://127.0.0.1:3000/")
}

pub(super) fn replay(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    output.check_columns(&["file", "kind", "status", "reply", "error"])?;
    let (url, key) = (url("to", matches)?.unwrap_or_default(), security_key(matches, session)?);
    let files = files(matches.get_many::<String>("file").into_iter().flatten())?;
    let saved = files.into_iter().map(|path| Saved::read(&path).map(|saved| (path, saved)));
    let saved = saved.collect::<Result<Vec<_>>>()?;
    let runtime = runtime()?;
    let (mut rows, mut exit) = (Vec::new(), Exit::Success);
    for (path, saved) in saved {
        let name = saved.kind.clone().unwrap_or_default();
        let webhook = saved.webhook();
        // If a webhook can't be sent, the others still are.
        let (row, result) = match runtime.block_on(deliver(&name, &webhook, &url, &key)) {
            Ok((row, true)) => (row, Exit::Success),
            Ok((row, false)) => (row, Exit::Rejected),
            Err(failure) => {
                let error = failure.errors.first().map(|message| message.title.clone());
                (json!({"kind": name, "status": null, "reply": null, "error": error}), failure.exit)
            }
        };
        let mut fields = Map::from_iter([("file".to_owned(), json!(path))]);
        fields.extend(row.as_object().cloned().unwrap_or_default());
        rows.push(Value::Object(fields));
        if result != Exit::Success && exit != Exit::TryAgain {
            exit = result;
        }
    }
    output.print_value(&Value::Array(rows), session)?;
    Ok(exit)
}

/// Sends a webhook. Returns a row for the output, and whether the receiver accepted the webhook.
async fn deliver(kind: &str, webhook: &WebhookBuilder, url: &str, key: &SecretString) -> Result<(Value, bool)> {
    let request = webhook.form(key.expose_secret());
    let client = reqwest::Client::new();
    let sent =
        client.post(url).timeout(TIMEOUT).header("content-type", request.content_type).body(request.body).send().await;
    let failed = |error: reqwest::Error| {
        Failure::new(Exit::TryAgain, Message::new(format!("could not send the webhook: {}", reason(error))))
    };
    let response = sent.map_err(failed)?;
    let status = response.status();
    let reply = response.text().await.map_err(failed)?;
    let reply: String = reply.chars().take(500).collect();
    Ok((json!({"kind": kind, "status": status.as_u16(), "reply": reply, "error": null}), status.is_success()))
}

/// Returns the reason why a webhook could not be sent, without the URL, which can contain a secret.
pub(super) fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let sources = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    sources.fold(error.to_string(), |text, source| format!("{text}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_value_keeps_the_type_of_the_sample() {
        assert_eq!(edit(&json!("1042"), "1043"), json!("1043"));
        assert_eq!(edit(&json!("1042"), "\"1043\""), json!("1043"));
        assert_eq!(edit(&json!(1), "5.00"), json!(5.0));
        assert_eq!(edit(&json!(null), "text"), json!("text"));
    }
}
