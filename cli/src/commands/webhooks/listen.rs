//! `talkable webhooks listen`: receives webhooks, prints them, and replies.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use clap::{Arg, ArgMatches, Command, ValueHint};
use serde_json::{Value, json};
use talkable_api::reqwest;
use talkable_api::webhook::{Delivery, Verifier};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::saved::Saved;
use super::send::reason;
use super::{key_file, known, security_key, url};
use crate::commands::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::output::{Format, Output, flat};
use crate::session::Session;

const DETAILS: &str = "\
Receives webhooks until interrupted: checks the security key, prints each delivery, and replies. With --forward, the reply is \
that of the other server. With --save, each delivery is written to a file without the key, for `talkable webhooks replay`.";

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

/// A received webhook and its reply, or the reason why a request was rejected.
type Received = std::result::Result<(Saved, Reply), String>;

struct Reply {
    status: StatusCode,
    body: String,
    /// The reason why the webhook could not be forwarded.
    error: Option<String>,
}

struct Receiver {
    verifier: Verifier,
    forward: Option<String>,
    client: reqwest::Client,
    received: mpsc::Sender<Received>,
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let output = Output::new(matches, session)?;
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
                        print(&saved, reply.status.as_u16(), &output, session)?;
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

fn print(saved: &Saved, status: u16, output: &Output, session: &mut Session<'_>) -> Result {
    if output.format == Format::Table && !output.has_filter() {
        let kind = saved.kind.as_deref().unwrap_or("unknown kind");
        let site = saved.site.as_deref().unwrap_or("unknown site");
        writeln!(session.output, "{kind} of {site}, replied {status}")?;
        let shown =
            Value::Object(flat(&saved.payload).into_iter().map(|(name, value)| (name, value.clone())).collect());
        output.print_value(&shown, session)?;
        writeln!(session.output)?;
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

async fn receive(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> Response {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let delivery: std::result::Result<Delivery, _> = receiver.verifier.verify(content_type, &body);
    let delivery = match delivery {
        Ok(delivery) => delivery,
        Err(rejection) => {
            let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST);
            // The channel is closed only while the program stops.
            let _ = receiver.received.send(Err(rejection.reason().to_owned())).await;
            return status.into_response();
        }
    };
    let reply = match &receiver.forward {
        Some(url) => forward(&receiver.client, url, content_type, body).await,
        None => Reply { status: StatusCode::OK, body: reply(delivery.kind.as_deref()), error: None },
    };
    let (status, text) = (reply.status, reply.body.clone());
    let saved = Saved {
        kind: delivery.kind.clone(),
        site: delivery.site.clone(),
        received_at: Some(jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        payload: serde_json::from_str(delivery.payload_json()).unwrap_or_default(),
    };
    if receiver.received.send(Ok((saved, reply))).await.is_err() {
        // Talkable sends the webhook again.
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}

/// Returns the reply to a webhook. All its flags are false, so that it has no effect.
fn reply(kind: Option<&str>) -> String {
    let answer = kind.and_then(known).and_then(|webhook| webhook.answer);
    let Some(mut answer) = answer.and_then(|answer| serde_json::from_str::<Value>(answer).ok()) else {
        return String::new();
    };
    for value in answer.as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
        if value.is_boolean() {
            *value = false.into();
        }
    }
    json!({"result": answer}).to_string()
}

async fn forward(client: &reqwest::Client, url: &str, content_type: Option<&str>, body: Bytes) -> Reply {
    let request = client.post(url).timeout(Duration::from_secs(30)).body(body);
    let request = match content_type {
        Some(content_type) => request.header("content-type", content_type),
        None => request,
    };
    match request.send().await {
        Ok(response) => {
            let status = response.status();
            Reply { status, body: response.text().await.unwrap_or_default(), error: None }
        }
        Err(error) => Reply { status: StatusCode::BAD_GATEWAY, body: String::new(), error: Some(reason(error)) },
    }
}
