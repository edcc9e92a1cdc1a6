//! `cargo xtask bench NAME`: measurements, side by side in one run, so that a ratio means something on a noisy machine.

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

mod calls;
mod sizes;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench sizes|calls",
    about: "Measures what the crate costs, beside a client that stock progenitor writes of the same API.\n\
            sizes: lines, seconds of `cargo check` of the crate alone and from nothing, and milliseconds of generation.\n\
            calls: instructions, allocations and time of a call, beside a client written by hand as well; needs valgrind.",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    match parser.next()? {
        Some(lexopt::Arg::Value(name)) if name == "sizes" => sizes::run(session),
        Some(lexopt::Arg::Value(name)) if name == "calls" => calls::run(session),
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) | None => explain(&COMMAND, session),
        Some(other) => Err(other.unexpected().into()),
    }
}
