//! Runs the tests of `talkable-outbox` on PostgreSQL. They start a server in a temporary folder.

use std::path::Path;

use crate::command::{Context, Failure, Result};
use crate::tools::Cargo;

/// The folder in which Debian installs the programs of each version.
pub(super) const PROGRAMS: &str = "/usr/lib/postgresql";

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !Path::new(PROGRAMS).is_dir() {
        return Err(Failure::Skipped("PostgreSQL is not installed (install the package postgresql)".to_owned()));
    }
    cargo.run(&[
        "test",
        "--quiet",
        "--package",
        "talkable-outbox",
        "--features",
        "inbox,postgres",
        "--test",
        "postgres",
    ])
}
