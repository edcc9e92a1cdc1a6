//! Bulk calls to a server that accepts or rejects each row.

mod chunks;
mod one_by_one;

use serde::{Deserialize, Serialize};
use talkable_api::__private::{Method, Operation};
use talkable_api::{Call, Client};

static CREATE_ORDER: Operation = Operation::new("create", Method::POST, "/api/v2/rows").site_in_query().idempotent();
static CREATE_ORDERS: Operation = Operation::new("createMany", Method::POST, "/api/v2/batch").site_in_query();

/// A row that is neither `Copy` nor `Sync`.
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

fn create_order(client: &Client, order: &Order) -> Call<Created> {
    Call::enveloped(client, &CREATE_ORDER).body(order)
}

fn create_orders(client: &Client, orders: Vec<Order>) -> Call<()> {
    Call::enveloped_or_default(client, &CREATE_ORDERS).body(&orders)
}

/// The order numbers in a body.
fn numbers(body: &str) -> Vec<u64> {
    let number = |part: &str| part.split(',').next().and_then(|number| number.parse().ok());
    body.split("\"number\":").skip(1).filter_map(number).collect()
}
