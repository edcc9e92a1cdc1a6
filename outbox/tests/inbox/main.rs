//! Tests of the inbox on SQLite.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]
#![allow(dead_code, unused_imports, reason = "the helpers belong to the tests of the outbox")]

#[path = "../outbox/backend.rs"]
mod backend;
#[path = "../outbox/child.rs"]
mod child;
mod crash;
mod receive;
#[path = "../outbox/support.rs"]
mod support;
