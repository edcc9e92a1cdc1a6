//! Compares the throttle with other algorithms in virtual time, and fails if a result violates one of the required limits (gates).
//!
//! `cargo bench -p talkable-tests --bench throttle -- [--seed N] [--seeds N] [--ablation | --real]`

mod ablation;
mod fleet;
mod gates;
mod grid;
mod overhead;
mod print;
mod real;
mod reference;

use std::process::ExitCode;

use lexopt::{Arg, Parser};

use fleet::Fleets;
use grid::Results;

/// The options of a run.
struct Options {
    seed: u64,
    seeds: u64,
    mode: Mode,
}

enum Mode {
    Tables,
    Ablation,
    Real,
}

fn main() -> ExitCode {
    // Without `--bench`, as in `cargo test`, the benchmark does nothing. The `bindings` suite tests short simulations instead.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    match options() {
        Ok(options) => run(&options),
        Err(error) => {
            eprintln!("error: {error}\nusage: cargo xtask bench throttle [--seed N] [--seeds N] [--ablation | --real]");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, lexopt::Error> {
    use lexopt::ValueExt as _;
    let mut options = Options { seed: 1, seeds: 10, mode: Mode::Tables };
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("bench") => {}
            Arg::Long("seed") => options.seed = parser.value()?.parse()?,
            Arg::Long("seeds") => {
                options.seeds = parser.value()?.parse_with(|text| match text.parse() {
                    Ok(seeds @ 1..=1000) => Ok(seeds),
                    _ => Err("must be from 1 to 1000"),
                })?;
            }
            Arg::Long("ablation") => options.mode = Mode::Ablation,
            Arg::Long("real") => options.mode = Mode::Real,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> ExitCode {
    let passed = match options.mode {
        Mode::Tables => {
            let results = Results::of(grid::ALGORITHMS, options.seed, options.seeds);
            print::tables(&results);
            let fleets = Fleets::run(options.seed, options.seeds);
            fleets.print();
            gates::check(&results, &fleets, &overhead::measure())
        }
        Mode::Ablation => {
            ablation::run(options.seed, options.seeds);
            fleet::ablation(options.seed, options.seeds);
            true
        }
        Mode::Real => real::run(),
    };
    if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
