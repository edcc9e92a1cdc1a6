//! Tests of the outbox with a fake API.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod api;
mod backend;
mod chaos;
mod checkout;
mod child;
mod crash;
mod deliver;
mod enqueue;
mod exhaust;
mod faults;
mod idle;
mod load;
mod order;
mod power;
mod schema;
mod shutdown;
mod storage;
mod support;
mod suspend;
mod versions;
mod victim;
