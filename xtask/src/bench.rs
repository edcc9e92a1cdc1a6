//! `cargo xtask bench NAME`: measurements, side by side in one run, so that a ratio means something on a noisy machine.

use lexopt::ValueExt;

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

mod growth;
mod sizes;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench sizes|growth",
    about: "sizes   measures what the generated code costs, beside a client that stock progenitor writes of the same API:\n\
            \u{20}       lines, seconds of `cargo check` of the crate alone, and milliseconds of generation\n\
            growth  measures how time and memory of each stage grow with the document",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    match parser.next()? {
        Some(lexopt::Arg::Value(name)) if name == "sizes" => sizes::run(session),
        Some(lexopt::Arg::Value(name)) if name == "growth" => {
            let times = parser.next()?.map(|times| match times {
                lexopt::Arg::Value(times) => times.parse(),
                other => Err(other.unexpected()),
            });
            growth::run(times.transpose()?, session)
        }
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) | None => explain(&COMMAND, session),
        Some(other) => Err(other.unexpected().into()),
    }
}
