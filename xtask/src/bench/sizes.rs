//! Compares the bindings with progenitor's client: lines of code, build time for users, and generation time.
//!
//! Progenitor generates its client from the complete description, in the builder style, whose calls look most like ours.

use std::time::Instant;

use super::median;
use crate::command::{Context, Failure, Result};
use crate::inputs::{DESCRIPTION, Files, Options};
use crate::tools::Cargo;
use crate::tools::progenitor::{self, InterfaceStyle};
use crate::workspace::remove_folder;

/// The number of runs, which is odd so that one of them is the median.
const RUNS: usize = 5;

/// The number of builds that include all dependencies. It is low because each build takes about a minute.
const RUNS_WITH_DEPENDENCIES: usize = 3;

pub(super) fn run(context: &mut Context<'_>) -> Result {
    super::warn_of_debug_build(context)?;
    let description = context.file(DESCRIPTION);
    let files = Files::read(&Options::default(), context)?;
    let output = codegen::generate(&files.inputs())?;
    let client = progenitor::generate(&description, InterfaceStyle::Builder)?;

    let ours: Vec<usize> = output.files.iter().map(|file| file.text.lines().count()).collect();
    let (lines, files_of_ours, longest) = (ours.iter().sum::<usize>(), ours.len(), ours.iter().max().unwrap_or(&0));
    let theirs = client.text.lines().count();
    writeln!(
        context.out,
        "lines              ours {lines} in {files_of_ours} files, the longest {longest}; progenitor {theirs}"
    )?;

    let ours = || timed(|| codegen::generate(&files.inputs()).map(drop).map_err(Failure::from));
    let theirs = || timed(|| progenitor::generate(&description, InterfaceStyle::Builder).map(drop));
    compare(context, "generation", RUNS, ours, theirs)?;

    let target = super::target(context);
    let folder = target.join("progenitor-builder");
    client.write(context, &folder)?;
    let cargo = Cargo { root: context.root.to_owned(), target };
    let theirs = Package { cargo: cargo.in_folder(&folder), name: progenitor::PACKAGE };
    let ours = Package { cargo, name: "talkable-api" };
    // The first check of each package builds its dependencies, so its time is discarded.
    ours.check()?;
    theirs.check()?;
    compare(context, "cargo check alone", RUNS, || ours.check(), || theirs.check())?;
    let runs = RUNS_WITH_DEPENDENCIES;
    compare(context, "with dependencies", runs, || ours.check_with_dependencies(), || theirs.check_with_dependencies())
}

/// Measures our bindings and progenitor's client alternately, and prints the median time of each.
fn compare(
    context: &mut Context<'_>,
    what: &str,
    runs: usize,
    ours: impl Fn() -> Result<f64>,
    theirs: impl Fn() -> Result<f64>,
) -> Result {
    let times = (0..runs).map(|_| Ok((ours()?, theirs()?))).collect::<Result<Vec<_>>>()?;
    let (ours, theirs): (Vec<f64>, Vec<f64>) = times.into_iter().unzip();
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours / theirs;
    writeln!(
        context.out,
        "{what:<18} ours {ours:.1} ms, progenitor {theirs:.1} ms, ratio {ratio:.2} (medians of {runs} alternating runs)"
    )?;
    Ok(())
}

/// Runs a function and returns the time it takes, in milliseconds.
fn timed(run: impl FnOnce() -> Result) -> Result<f64> {
    let started = Instant::now();
    run()?;
    Ok(started.elapsed().as_secs_f64() * 1e3)
}

/// A package whose `cargo check` is timed.
struct Package {
    cargo: Cargo,
    name: &'static str,
}

impl Package {
    /// Times `cargo check` when the dependencies are already built.
    fn check(&self) -> Result<f64> {
        self.cargo.run(&["clean", "--quiet", "--package", self.name])?;
        timed(|| self.cargo.run(&["check", "--quiet", "--package", self.name]))
    }

    /// Times `cargo check` including the dependencies, whose sources are already downloaded.
    fn check_with_dependencies(&self) -> Result<f64> {
        let cargo = Cargo { root: self.cargo.root.clone(), target: self.cargo.target.join("from-nothing") };
        remove_folder(&cargo.target)?;
        timed(|| cargo.run(&["check", "--quiet", "--package", self.name]))
    }
}
