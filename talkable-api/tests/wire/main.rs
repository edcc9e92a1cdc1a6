//! The runtime over real sockets, against a server that follows a script.
//!
//! The operations here are the tests' own, declared as generated code declares them, so that no document can take them
//! away. What is about pauses and budgets is tested beside the code, on a virtual clock.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod calls;
mod connect;
mod dropped;
mod faults;
mod hostile;
mod http2;
mod items;
mod matrix;
mod reuse;
mod server;
mod settings;
mod throttling;
mod tls;
mod uploads;
mod watch;

use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
use talkable_api::{Call, Client, Error};

const KEY: &str = "sesame-0123456789";

/// What nothing may show: the key, the address in the paths, and paths themselves.
const SECRETS: [&str; 4] = [KEY, "jane", "example.com", "/people/jane"];

static FIND: Operation =
    Operation::new("find", Method::GET, "/api/v2/people/{slug}/rewards").site_slug(SiteSlug::Query).retry(Retry::Safe);
static CREATE: Operation = Operation::new("create", Method::POST, "/api/v2/origins").site_slug(SiteSlug::Body);
static UPDATE: Operation =
    Operation::new("update", Method::POST, "/api/v2/people/{slug}/update").site_slug(SiteSlug::Body).retry(Retry::Safe);
static NOTIFY: Operation = Operation::new("notify", Method::POST, "/api/v2/people/{slug}").site_slug(SiteSlug::Body);

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

fn found() -> Found {
    Found { name: "Jane".to_owned() }
}

/// What an error shows of itself, its causes included.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// Neither key nor path nor address may be in it.
fn assert_discreet(error: &Error) {
    let text = shown(error);
    for secret in SECRETS.into_iter().chain(["http://", "/people/"]) {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}
