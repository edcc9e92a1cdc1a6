//! `cargo xtask bench NAME`: measurements, side by side in one run, so that a ratio means something on a noisy machine.

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

mod keys;
mod sizes;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench sizes|keys",
    about: "sizes  measures what the generated code costs, beside a client that stock progenitor writes of the same API:\n\
            \x20      lines, seconds of `cargo check` of the crate alone, and milliseconds of generation\n\
            keys   counts the instructions for webhook keys that are wrong in their first and in their last byte, by valgrind",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    match parser.next()? {
        Some(lexopt::Arg::Value(name)) if name == "sizes" => sizes::run(session),
        Some(lexopt::Arg::Value(name)) if name == "keys" => keys::run(session),
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) | None => explain(&COMMAND, session),
        Some(other) => Err(other.unexpected().into()),
    }
}
