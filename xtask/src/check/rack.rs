//! Parses the requests in `tests/constructs/wire.json` with Rack, which Rails uses. The tests of the bindings compare the same
//! requests byte by byte with those that the client sends.

use std::process::{Command, Stdio};

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, run, succeeds};

pub(super) fn check(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !succeeds("ruby", &["-e", "require 'rack'"]) {
        return Err(Failure::Skipped("Rack is not installed (install the packages ruby and ruby-rack)".to_owned()));
    }
    let mut ruby = Command::new("ruby");
    run(ruby.arg("tests/constructs/rack.rb").current_dir(&cargo.root).stdin(Stdio::null()))
}
