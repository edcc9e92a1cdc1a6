//! `cargo xtask bench NAME`: measurements of both sides in one run, so that their ratio means something on a busy machine.

mod calls;
mod growth;
mod keys;
mod sizes;
mod throttle;

use lexopt::{Arg, ValueExt};

use crate::command::Command;
use crate::context::Context;
use crate::terminal::Failure;

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench NAME",
    about: "Measures the crate and the generator, next to others in the same run.\n\
            calls     instructions, allocations and time of a call, next to a hand-written client and one by progenitor; needs valgrind\n\
            growth    time and memory of each stage of generation, for a document of 1 to 16 times the real size\n\
            keys      instructions to reject webhook keys that are wrong in their first or last byte; needs valgrind\n\
            sizes     lines, seconds of `cargo check` of the crate alone and from nothing, and milliseconds of generation, next to progenitor\n\
            throttle  throttling next to other algorithms, in virtual time; takes [--seed N] [--seeds N] [--ablation | --real]",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result<(), Failure> {
    let name = match parser.next()? {
        Some(Arg::Value(name)) => name,
        None => return COMMAND.help(context),
        Some(other) => return Err(other.unexpected().into()),
    };
    match name.to_str() {
        Some("calls") => calls::run(context),
        Some("growth") => {
            let times = parser.next()?.map(|times| match times {
                Arg::Value(times) => times.parse(),
                other => Err(other.unexpected()),
            });
            growth::run(times.transpose()?, context)
        }
        Some("keys") => keys::run(context),
        Some("sizes") => sizes::run(context),
        Some("throttle") => throttle::run(parser, context),
        _ => Err(Failure::Usage(format!("there is no benchmark `{}`", name.to_string_lossy()))),
    }
}
