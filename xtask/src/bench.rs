//! `cargo xtask bench NAME`: measurements, side by side in one run, so that a ratio means something on a noisy machine.

use lexopt::{Arg, ValueExt};

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

mod calls;
mod growth;
mod keys;
mod sizes;
mod throttle;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench NAME",
    about: "Measures what the crate and the generator cost, beside others in the same run.\n\
            calls     instructions, allocations and time of a call, beside a client written by hand and one by progenitor; needs valgrind\n\
            growth    time and memory of each stage of generation, as the document grows to 16 times its size\n\
            keys      instructions for webhook keys that are wrong in their first and in their last byte; needs valgrind\n\
            sizes     lines, seconds of `cargo check` of the crate alone and from nothing, and milliseconds of generation, beside progenitor\n\
            throttle  what throttling is worth, beside other algorithms, on a virtual time; takes [--seed N] [--seeds N] [--ablation | --real]",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let name = match parser.next()? {
        Some(Arg::Value(name)) => name,
        Some(Arg::Short('h') | Arg::Long("help")) | None => return explain(&COMMAND, session),
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.to_str() {
        Some("calls") => calls::run(session),
        Some("growth") => {
            let times = parser.next()?.map(|times| match times {
                Arg::Value(times) => times.parse(),
                other => Err(other.unexpected()),
            });
            growth::run(times.transpose()?, session)
        }
        Some("keys") => keys::run(session),
        Some("sizes") => sizes::run(session),
        Some("throttle") => throttle::run(parser, session),
        _ => Err(Failure::Usage(format!("there is no benchmark `{}`", name.to_string_lossy()))),
    }
}
