//! What callers can set, watch and change, against a real server on a loopback socket.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod headers;
mod hooks;
mod keys;
mod limits;
#[allow(dead_code, reason = "the other suite needs more of it")]
#[path = "../wire/server.rs"]
mod server;
#[cfg(feature = "tracing")]
mod spans;

use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
use talkable_api::{Call, Client, Error};

use crate::server::{Reply, Seen, with_headers};

const KEY: &str = "sesame-0123456789";

static FIND: Operation =
    Operation::new("find", Method::GET, "/api/v2/people/{slug}/rewards").site_slug(SiteSlug::Query).retry(Retry::Safe);
static CREATE: Operation = Operation::new("create", Method::POST, "/api/v2/origins").site_slug(SiteSlug::Body);

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

/// A 429 after which another attempt may be made at once.
fn refused() -> Reply {
    with_headers(429, "Retry-After: 0\r\n", "")
}

/// The values of a header as they came.
fn values<'a>(seen: &'a Seen, name: &str) -> Vec<&'a str> {
    let lines = seen.head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

/// What an unfit argument or setting is called, once it is clear that the error shows nothing secret.
fn argument(error: &Error) -> &str {
    let text = format!("{error} {error:?}");
    assert!(!["sesame", "jane", "example.com"].iter().any(|secret| text.contains(secret)), "{text}");
    let Error::Invalid(error) = error else { panic!("something was sent: {error:?}") };
    error.argument()
}
