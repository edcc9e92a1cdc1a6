//! `cargo xtask bench NAME`: runs one of the benchmarks.

mod callgrind;
mod calls;
mod growth;
mod keys;
mod sandbox;
mod sizes;

use std::path::PathBuf;

use lexopt::{Arg, ValueExt as _};

use crate::command::{Command, Context, Failure, Result};
use crate::tools::{Cargo, cargo, hand_over};

pub(crate) const COMMAND: Command = Command {
    name: "bench",
    usage: "cargo run --release --package xtask -- bench NAME",
    about: "Runs one benchmark.\n\
            calls     instructions, allocations and time of a call, compared with a hand-written client and progenitor's; needs valgrind\n\
            growth    time and memory of each codegen stage, for documents of 1 to 16 times the real size\n\
            keys      instructions for rejecting webhook keys with a wrong first or last byte; needs valgrind\n\
            sandbox   requests per second and memory of the sandbox, with its log off and on\n\
            sizes     lines of code, `cargo check` time with and without dependencies, and generation time, compared with progenitor\n\
            throttle  the throttle compared with other algorithms, in virtual time; options: [--seed N] [--seeds N] [--ablation | --real]",
    run,
};

fn run(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
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
        Some("sandbox") => sandbox::run(context),
        Some("sizes") => sizes::run(context),
        Some("throttle") => throttle(parser, context),
        _ => Err(Failure::Usage(format!("there is no benchmark `{}`", name.to_string_lossy()))),
    }
}

/// Starts the throttle benchmark, which is a separate program because it depends on `talkable-api`.
fn throttle(parser: &mut lexopt::Parser, context: &mut Context<'_>) -> Result {
    context.out.flush()?;
    let mut program = cargo();
    program.args(["bench", "--quiet", "--package", "talkable-tests", "--bench", "throttle", "--"]);
    hand_over(program.args(parser.raw_args()?).current_dir(context.root))
}

/// The target directory of the benchmarks.
fn target(context: &Context<'_>) -> PathBuf {
    Cargo::new(context.root).target.join("bench")
}

/// Returns the median of an odd number of measurements.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn warn_of_debug_build(context: &mut Context<'_>) -> Result {
    if cfg!(debug_assertions) {
        writeln!(context.err, "warning: times of a debug build are not meaningful; run with --release")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_median() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
    }
}
