//! Many rows over real sockets, against a server that judges each of them.
//!
//! The operations are the tests' own, so that no document can take them away.
#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod chunks;
mod one_by_one;
mod server;

use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation, Retry, SiteSlug};
use talkable_api::{Call, Client};

static CREATE: Operation =
    Operation::new("create", Method::POST, "/api/v2/rows").site_slug(SiteSlug::Query).retry(Retry::Safe);
static CREATE_MANY: Operation = Operation::new("createMany", Method::POST, "/api/v2/batch").site_slug(SiteSlug::Query);

/// A row as a caller would have it: neither `Copy` nor `Sync` is asked of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Order {
    number: u64,
    note: std::cell::Cell<u8>,
}

#[derive(Debug, Deserialize)]
struct Created {
    id: u64,
}

fn order(number: u64) -> Order {
    Order { number, note: std::cell::Cell::new(0) }
}

fn create(client: &Client, order: &Order) -> Call<Created> {
    Call::enveloped(client, &CREATE).body(order)
}

fn create_many(client: &Client, orders: Vec<Order>) -> Call<()> {
    Call::enveloped_or_default(client, &CREATE_MANY).body(&orders)
}

/// The numbers of the orders in a body.
fn numbers(body: &str) -> Vec<u64> {
    let number = |part: &str| part.split(',').next().and_then(|number| number.parse().ok());
    body.split("\"number\":").skip(1).filter_map(number).collect()
}
