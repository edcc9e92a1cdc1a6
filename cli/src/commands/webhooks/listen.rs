//! `talkable webhooks listen`: receives webhooks, prints them, and replies.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use clap::{Arg, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};
use talkable_api::reqwest;
use talkable_api::webhook::Verifier;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::receive::{Receiver, receive};
use super::saved::Saved;
use super::{key_file, security_key, url};
use crate::commands::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, Output, flat};
use crate::session::Session;

const DETAILS: &str = "\
Receives webhooks until interrupted: checks the security key, prints each delivery, and replies. On a terminal, a delivery is one \
line; with --output, the payload is printed too. With --forward, the reply is that of the other server. With --save, each delivery \
is written to a file without the key, for `talkable webhooks replay`.

Commands that cause webhooks are, for example, `talkable origins create-purchase` (event_web_hook), `talkable offers \
share-and-claim` (claim_signup_web_hook, post_share_web_hook and reward_web_hook) and `talkable referrals update-status` \
(referral_web_hook and reward_web_hook).";

pub(super) fn command() -> Command {
    Command::new("listen")
        .about("Receive and print webhooks")
        .long_about(DETAILS)
        .arg(Arg::new("listen").long("listen").value_name("ADDRESS").default_value("127.0.0.1:3000").value_parser(clap::value_parser!(SocketAddr)).help("The address to listen on; port 0 chooses a free port"))
        .arg(Arg::new("save").long("save").value_name("FOLDER").value_hint(ValueHint::DirPath).help("Write each delivery to a file in this folder"))
        .arg(Arg::new("forward").long("forward").value_name("URL").value_hint(ValueHint::Url).help("Forward each delivery to this URL"))
        .arg(key_file())
        .after_help("Example:\n  TALKABLE_WEBHOOK_KEY=sandbox talkable webhooks listen --save deliveries\n  talkable sandbox -- --webhooks http://127.0.0.1:3000/")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
    let is_brief = output.is_table() && !matches.contains_id("output");
    if output.format == Format::Csv {
        let failure = Failure::usage("--output csv can't be used with `talkable webhooks listen`");
        return Err(failure.help("use `--output jsonl`"));
    }
    let forward = url("forward", matches)?;
    let key = security_key(matches, session)?;
    let verifier = Verifier::new(key).map_err(|error| Failure::usage(error.to_string()))?;
    let folder = matches.get_one::<String>("save").map(PathBuf::from);
    let address = matches.get_one::<SocketAddr>("listen").copied();
    let address = address.ok_or_else(|| Failure::usage("invalid --listen"))?;
    // If the channel is full, the replies wait, so that no delivery is lost.
    let (sender, mut receiver) = mpsc::channel(64);
    let state = Receiver { verifier, forward, client: reqwest::Client::new(), received: sender };
    runtime()?.block_on(async {
        let listener = TcpListener::bind(address).await;
        let listener = listener.map_err(|error| {
            Failure::usage(format!("could not listen on {address}: {error}"))
                .help("choose another address with `--listen`")
        })?;
        let local = listener.local_addr().unwrap_or(address);
        report(&format!("listening on http://{local}/; press Ctrl-C to stop"), session);
        let router = Router::new().fallback(receive).with_state(Arc::new(state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let mut count = 0_u64;
        loop {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => break,
                received = receiver.recv() => match received {
                    None => break,
                    Some(Ok((saved, reply))) => {
                        count += 1;
                        if let Some(error) = &reply.error {
                            report(&format!("could not forward a webhook: {error}"), session);
                        }
                        if let Some(folder) = &folder {
                            saved.write(folder, count)?;
                        }
                        print(&saved, reply.status.as_u16(), &output, is_brief, session)?;
                    }
                    Some(Err(reason)) => {
                        report(&format!("rejected a request: {reason}"), session);
                    }
                },
            }
        }
        server.abort();
        report(&format!("received {}", crate::text::count(count, "webhook")), session);
        Ok(Exit::Success)
    })
}

/// Writes a line to standard error. The receiver continues even if that is closed.
fn report(line: &str, session: &mut Session<'_>) {
    let _ = writeln!(session.errors, "{line}").and_then(|()| session.errors.flush());
}

/// Prints a delivery: as a line on a terminal, and with its payload if the user chose a format.
fn print(saved: &Saved, status: u16, output: &Output, is_brief: bool, session: &mut Session<'_>) -> Result {
    if output.is_table() {
        let kind = saved.kind.as_deref().unwrap_or("unknown kind");
        let site = saved.site.as_deref().unwrap_or("unknown site");
        writeln!(session.output, "{kind} of {site}, replied {status}")?;
        if !is_brief {
            let fields = flat(&saved.payload).into_iter().map(|(name, value)| (name, value.clone()));
            output.print_value(&Value::Object(fields.collect()), session)?;
            writeln!(session.output)?;
        }
    } else {
        let line = json!({"type": saved.kind, "site": saved.site, "received_at": saved.received_at, "reply_status": status, "payload": saved.payload});
        if output.has_filter() {
            output.print_value(&line, session)?;
        } else {
            writeln!(session.output, "{line}")?;
        }
    }
    Ok(session.output.flush()?)
}
