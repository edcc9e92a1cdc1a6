//! The tests of the outbox on PostgreSQL, and those that only concern PostgreSQL.
//!
//! They start a server from the folder `/usr/lib/postgresql`. `cargo xtask check outbox` skips them if it does not exist.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

#[path = "../outbox/api.rs"]
mod api;
mod backend;
#[path = "../outbox/chaos.rs"]
mod chaos;
#[path = "../outbox/checkout.rs"]
mod checkout;
#[path = "../outbox/child.rs"]
mod child;
mod claim;
mod concurrent;
#[path = "../outbox/crash.rs"]
mod crash;
#[path = "../outbox/deliver.rs"]
mod deliver;
#[path = "../outbox/enqueue.rs"]
mod enqueue;
mod example;
#[path = "../outbox/exhaust.rs"]
mod exhaust;
#[path = "../outbox/faults.rs"]
mod faults;
#[path = "../outbox/idle.rs"]
mod idle;
#[path = "../inbox/crash.rs"]
mod inbox_crash;
#[path = "../outbox/load.rs"]
mod load;
mod lost_commit;
#[path = "../outbox/order.rs"]
mod order;
mod proxy;
mod purge;
mod queries;
#[path = "../inbox/receive.rs"]
mod receive;
mod restart;
#[path = "../outbox/schema.rs"]
mod schema;
mod server;
mod settings;
#[path = "../outbox/shutdown.rs"]
mod shutdown;
#[path = "../outbox/support.rs"]
mod support;
#[path = "../outbox/suspend.rs"]
mod suspend;
#[path = "../outbox/versions.rs"]
mod versions;
#[path = "../outbox/victim.rs"]
mod victim;
