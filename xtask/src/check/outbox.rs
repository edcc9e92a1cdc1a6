//! Runs the tests of `talkable-outbox` on PostgreSQL, which start a server in a temporary folder.

use std::path::Path;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, run};

/// The folder in which Debian installs the programs of each version.
pub(super) const PROGRAMS: &str = "/usr/lib/postgresql";

const ARGUMENTS: [&str; 8] =
    ["test", "--quiet", "--package", "talkable-outbox", "--features", "inbox,postgres", "--test", "postgres"];

/// The tests that also run with more entries and webhooks. They use all cores, so they run after the others.
const LARGE: [&str; 2] = ["load::an_outage", "receive::effects_equal"];

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !Path::new(PROGRAMS).is_dir() {
        return Err(Failure::Skipped("PostgreSQL is not installed (install the package postgresql)".to_owned()));
    }
    cargo.run(&ARGUMENTS)?;
    let mut large = cargo.command();
    large.args(ARGUMENTS).arg("--").args(LARGE).env("RUST_TEST_THREADS", "1");
    large.env("OUTBOX_TEST_OUTAGE_ENTRIES", "100000").env("OUTBOX_TEST_OUTAGE_SECONDS", "20");
    run(large.env("OUTBOX_TEST_WEBHOOKS", "4000"))
}
