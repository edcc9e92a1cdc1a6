//! Tests of the client over real sockets, against a fake server.
//!
//! The tests declare their own operations, so that changes to the OpenAPI documents cannot break them. Unit tests cover the
//! throttle and its pauses, with a virtual clock.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[cfg(feature = "blocking")]
mod blocking;
mod bulk;
mod calls;
mod cancel;
mod connect;
mod downloads;
mod faults;
mod hostile;
mod http2;
mod options;
mod pages;
mod reuse;
mod runtimes;
mod secrets;
mod stored;
mod throttle;
mod tls;
mod uploads;

use fake_server::{Reply, Server, json, with_headers};
use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client, ClientBuilder, Error};

const KEY: &str = "sesame-0123456789";

/// The API key, the parts of an e-mail address, and the start of a path. No error, log line or `Debug` output may contain them.
const SECRETS: [&str; 4] = [KEY, "jane", "example.com", "/people/jane"];

static FIND: Operation =
    Operation::new("find", Method::GET, "/api/v2/people/{slug}/rewards").site_in_query().idempotent();
static CREATE: Operation = Operation::new("create", Method::POST, "/api/v2/origins").site_in_body().with_data();
static UPDATE: Operation =
    Operation::new("update", Method::POST, "/api/v2/people/{slug}/update").site_in_body().with_data().idempotent();
static NOTIFY: Operation =
    Operation::new("notify", Method::POST, "/api/v2/people/{slug}").site_in_body().optional_result();

#[derive(Debug, Default, Deserialize, PartialEq)]
struct Found {
    name: String,
}

#[derive(Serialize)]
struct NewThing {
    name: &'static str,
}

fn find(client: &Client) -> Call<Found> {
    Call::enveloped(client, &FIND).segment("jane@example.com")
}

fn create(client: &Client) -> Call<Found> {
    Call::enveloped(client, &CREATE).data(&NewThing { name: "Jane" })
}

fn update(client: &Client) -> Call<Found> {
    Call::enveloped(client, &UPDATE).segment("jane@example.com").data(&NewThing { name: "Jane" })
}

fn notify(client: &Client) -> Call<Found> {
    Call::enveloped_or_default(client, &NOTIFY).segment("jane@example.com")
}

/// The body of the [`good`] reply.
const GOOD: &str = r#"{"ok":true,"result":{"name":"Jane"}}"#;

/// Creates a reply that decodes to the value of [`found`].
fn good() -> Reply {
    json(200, GOOD)
}

fn found() -> Found {
    Found { name: "Jane".to_owned() }
}

/// A 429 that allows the next attempt immediately.
fn refused() -> Reply {
    with_headers(429, "Retry-After: 0\r\n", "")
}

/// Creates a client builder without a base URL.
fn settings() -> ClientBuilder {
    Client::builder().api_key(KEY).site_slug("my-store")
}

/// Methods that create clients for a fake server.
trait Connect {
    fn builder(&self) -> ClientBuilder;

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

impl Connect for Server {
    fn builder(&self) -> ClientBuilder {
        settings().base_url(self.url())
    }
}

/// The `Display` and `Debug` output of an error and its sources.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// Asserts that an error contains no secrets and no URLs.
fn assert_discreet(error: &Error) {
    let text = shown(error);
    for secret in SECRETS.into_iter().chain(["http://", "/people/"]) {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

/// Returns the name of the invalid argument or setting. Asserts that the error does not contain its value.
fn argument(error: &Error) -> &str {
    let text = format!("{error} {error:?}");
    assert!(!["sesame", "jane", "example.com"].iter().any(|secret| text.contains(secret)), "{text}");
    let Error::Invalid(error) = error else { panic!("expected an invalid argument: {error:?}") };
    error.argument()
}
