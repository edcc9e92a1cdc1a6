//! The cost of the generated code: lines, seconds of a user's build, and milliseconds of generation.
//!
//! The other side is progenitor's client for the complete description, in the builder style, whose calls read like ours.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::inputs::{DESCRIPTION, Files, Options};
use crate::terminal::Failure;
use crate::tools::progenitor::{self, InterfaceStyle};
use crate::tools::{cargo, run as run_program};

/// Odd, so that the median is one of the runs.
const RUNS: usize = 5;

/// A build from nothing takes a minute, mostly for the dependencies of both sides.
const RUNS_FROM_NOTHING: usize = 3;

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    super::warn_of_debug_build(context)?;
    let description = context.file(DESCRIPTION);
    let files = Files::read(&Options::default(), context)?;
    let output = codegen::generate(&files.inputs())?;
    let client = progenitor::generate(&description, InterfaceStyle::Builder)?;

    let ours: Vec<usize> = output.files.iter().map(|file| file.text.lines().count()).collect();
    writeln!(
        context.out,
        "lines              ours {} in {} files, the longest {}; progenitor {}",
        ours.iter().sum::<usize>(),
        ours.len(),
        ours.iter().max().unwrap_or(&0),
        client.text.lines().count()
    )?;

    for (what, style) in [("generation", InterfaceStyle::Builder), ("(positional)", InterfaceStyle::Positional)] {
        let (one, other) = alternate(
            RUNS,
            || timed(|| codegen::generate(&files.inputs()).map(drop).map_err(Failure::from)),
            || timed(|| progenitor::generate(&description, style.clone()).map(drop)),
        )?;
        report(context, what, RUNS, one, other)?;
    }

    let target = super::target(context);
    let folder = target.join("progenitor-builder");
    client.write(context, &folder)?;
    let ours = Checked { folder: context.root, target: &target, package: "talkable-api" };
    let theirs = Checked { folder: &folder, target: &target, package: progenitor::PACKAGE };
    // The first check of each builds the dependencies and is not counted.
    alternate(1, || ours.alone(), || theirs.alone())?;
    let (one, other) = alternate(RUNS, || ours.alone(), || theirs.alone())?;
    report(context, "cargo check alone", RUNS, one, other)?;
    let (one, other) = alternate(RUNS_FROM_NOTHING, || ours.with_dependencies(), || theirs.with_dependencies())?;
    report(context, "and from nothing", RUNS_FROM_NOTHING, one, other)
}

/// Runs both sides in turn and returns the median of each.
fn alternate(
    runs: usize,
    mut one: impl FnMut() -> Result<Duration, Failure>,
    mut other: impl FnMut() -> Result<Duration, Failure>,
) -> Result<(Duration, Duration), Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        ours.push(one()?);
        theirs.push(other()?);
    }
    Ok((median(ours), median(theirs)))
}

fn median(mut runs: Vec<Duration>) -> Duration {
    runs.sort();
    runs.get(runs.len() / 2).copied().unwrap_or_default()
}

fn timed(run: impl FnOnce() -> Result<(), Failure>) -> Result<Duration, Failure> {
    let started = Instant::now();
    run()?;
    Ok(started.elapsed())
}

/// A package whose check is timed.
struct Checked<'a> {
    folder: &'a Path,
    target: &'a Path,
    package: &'static str,
}

impl Checked<'_> {
    /// The time of `cargo check` with built dependencies.
    fn alone(&self) -> Result<Duration, Failure> {
        self.cargo("clean", self.target)?;
        timed(|| self.cargo("check", self.target))
    }

    /// The time of `cargo check` with its dependencies, whose sources are downloaded already.
    fn with_dependencies(&self) -> Result<Duration, Failure> {
        let empty = self.target.join("from-nothing");
        if empty.exists() {
            fs::remove_dir_all(&empty)?;
        }
        timed(|| self.cargo("check", &empty))
    }

    fn cargo(&self, command: &str, target: &Path) -> Result<(), Failure> {
        let mut cargo = cargo();
        cargo.args([command, "--quiet", "--package", self.package]).current_dir(self.folder);
        run_program(
            cargo.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0"),
        )
    }
}

fn report(context: &mut Context<'_>, what: &str, runs: usize, ours: Duration, theirs: Duration) -> Result<(), Failure> {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    writeln!(
        context.out,
        "{what:<18} ours {:.1} ms, progenitor {:.1} ms, ratio {ratio:.2} (medians of {runs}, in turn)",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
    )?;
    Ok(())
}
