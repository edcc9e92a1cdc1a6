//! The servers of the stores.

#[path = "../../../outbox/tests/postgres/server.rs"]
pub(crate) mod postgres;
pub(crate) mod redis;
