//! Compares the bindings with progenitor's client: lines of code, build time for users, and generation time.
//!
//! Progenitor generates its client from the complete description, in the builder style, whose calls look most like ours.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::inputs::{DESCRIPTION, Files, Options};
use crate::terminal::Failure;
use crate::tools::progenitor::{self, InterfaceStyle};
use crate::tools::{cargo, run as run_program};

/// The number of runs, which is odd so that one of them is the median.
const RUNS: usize = 5;

/// The number of builds that include all dependencies. It is low because each build takes about a minute.
const RUNS_WITH_DEPENDENCIES: usize = 3;

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

    let (one, other) = alternate(
        RUNS,
        || timed(|| codegen::generate(&files.inputs()).map(drop).map_err(Failure::from)),
        || timed(|| progenitor::generate(&description, InterfaceStyle::Builder).map(drop)),
    )?;
    report(context, "generation", RUNS, one, other)?;

    let target = super::target(context);
    let folder = target.join("progenitor-builder");
    client.write(context, &folder)?;
    let ours = Checked { folder: context.root, target: &target, package: "talkable-api" };
    let theirs = Checked { folder: &folder, target: &target, package: progenitor::PACKAGE };
    // The first check of each package builds its dependencies, so its time is discarded.
    alternate(1, || ours.alone(), || theirs.alone())?;
    let (one, other) = alternate(RUNS, || ours.alone(), || theirs.alone())?;
    report(context, "cargo check alone", RUNS, one, other)?;
    let (one, other) = alternate(RUNS_WITH_DEPENDENCIES, || ours.with_dependencies(), || theirs.with_dependencies())?;
    report(context, "with dependencies", RUNS_WITH_DEPENDENCIES, one, other)
}

/// Runs the two sides alternately and returns the median time of each.
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

/// A package whose `cargo check` is timed.
struct Checked<'a> {
    folder: &'a Path,
    target: &'a Path,
    package: &'static str,
}

impl Checked<'_> {
    /// Times `cargo check` when the dependencies are already built.
    fn alone(&self) -> Result<Duration, Failure> {
        self.cargo("clean", self.target)?;
        timed(|| self.cargo("check", self.target))
    }

    /// Times `cargo check` including the dependencies, whose sources are already downloaded.
    fn with_dependencies(&self) -> Result<Duration, Failure> {
        let empty = self.target.join("from-nothing");
        if empty.exists() {
            let failed = |error| Failure::io(&empty.display().to_string(), "cannot be removed", &error);
            fs::remove_dir_all(&empty).map_err(failed)?;
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
        "{what:<18} ours {:.1} ms, progenitor {:.1} ms, ratio {ratio:.2} (medians of {runs} alternating runs)",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
    )?;
    Ok(())
}
