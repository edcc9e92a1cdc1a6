//! `cargo xtask bench NAME`: measurements, side by side in one run, so that a ratio means something on a noisy machine.

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

mod sizes;
mod throttle;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench sizes | throttle [--seed N] [--seeds N] [--ablation | --real]",
    about: "sizes     what the generated code costs, beside a client that stock progenitor writes of the same API:\n\
            lines, seconds of `cargo check` of the crate alone, and milliseconds of generation\n\
            throttle  what throttling is worth, beside the algorithms of other clients, on a virtual time",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    match parser.next()? {
        Some(lexopt::Arg::Value(name)) if name == "sizes" => sizes::run(session),
        Some(lexopt::Arg::Value(name)) if name == "throttle" => throttle::run(parser, session),
        Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) | None => explain(&COMMAND, session),
        Some(other) => Err(other.unexpected().into()),
    }
}
