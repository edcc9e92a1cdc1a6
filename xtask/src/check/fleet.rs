//! Tests the stores of the shared throttle, and runs fleets of processes with and without it.

use std::path::Path;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, succeeds};

const PACKAGE: [&str; 5] = ["--quiet", "--package", "talkable-fleet", "--features", "servers"];

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !Path::new(super::outbox::PROGRAMS).is_dir() {
        return Err(Failure::Skipped("PostgreSQL is not installed (install the package postgresql)".to_owned()));
    }
    if !succeeds("valkey-server", &["--version"]) && !succeeds("redis-server", &["--version"]) {
        return Err(Failure::Skipped("Redis is not installed (install the package redis-server)".to_owned()));
    }
    cargo.run(&["test", "--quiet", "--package", "talkable-throttle-redis", "--all-features"])?;
    cargo.run(&[&["test"], &PACKAGE[..]].concat())?;
    cargo.run(&[&["run"], &PACKAGE[..]].concat())
}
