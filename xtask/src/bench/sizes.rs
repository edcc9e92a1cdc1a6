//! What the generated code costs: in lines, in seconds of a user's build, and in milliseconds of ours.
//!
//! The other side is what stock progenitor makes of the complete description, in its builder style: of its two styles the one whose
//! calls read like ours.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use crate::check::write;
use crate::codegen::{Files, Options};
use crate::failure::Failure;
use crate::reader::{self, Style};
use crate::session::Session;

/// Odd, so that the median is one of the runs.
const RUNS: usize = 5;

/// A build from nothing takes a minute, most of which is the same for both sides.
const RUNS_FROM_NOTHING: usize = 3;

pub(super) fn run(session: &mut Session<'_>) -> Result<(), Failure> {
    if cfg!(debug_assertions) {
        writeln!(session.err, "warning: milliseconds of a debug build say little; run with --release")?;
    }
    let description = session.own("spec/talkable.yaml");
    let files = Files::read(&Options::default(), session)?;
    let output = codegen::generate(&files.inputs())?;
    let client = reader::generate(&description, Style::Builder)?;

    let ours: Vec<usize> = output.files.iter().map(|file| file.text.lines().count()).collect();
    writeln!(
        session.out,
        "lines              ours {} in {} files, the longest {}; progenitor {}",
        ours.iter().sum::<usize>(),
        ours.len(),
        ours.iter().max().unwrap_or(&0),
        client.text.lines().count()
    )?;

    for (what, style) in [("generation", Style::Builder), ("(positional)", Style::Positional)] {
        let (one, other) = alternate(
            RUNS,
            || timed(|| codegen::generate(&files.inputs()).map(drop).map_err(Failure::from)),
            || timed(|| reader::generate(&description, style).map(drop)),
        )?;
        report(session, what, RUNS, one, other)?;
    }

    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| session.root.join("target"), Into::into).join("bench");
    let folder = target.join("progenitor-builder");
    write(&folder.join("Cargo.toml"), &client.manifest)?;
    write(&folder.join("src").join("lib.rs"), &client.text)?;
    fs::copy(session.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let root = session.root;
    // The first check of each builds what it depends on, and is not counted.
    alone(root, &target, "talkable-api")?;
    alone(&folder, &target, reader::PACKAGE)?;
    let (one, other) =
        alternate(RUNS, || alone(root, &target, "talkable-api"), || alone(&folder, &target, reader::PACKAGE))?;
    report(session, "cargo check alone", RUNS, one, other)?;
    let (one, other) = alternate(
        RUNS_FROM_NOTHING,
        || from_nothing(root, &target, "talkable-api"),
        || from_nothing(&folder, &target, reader::PACKAGE),
    )?;
    report(session, "and from nothing", RUNS_FROM_NOTHING, one, other)
}

/// Runs both sides in turn and gives the median of each.
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

/// The time of `cargo check` of a package whose dependencies are built.
fn alone(folder: &Path, target: &Path, package: &str) -> Result<Duration, Failure> {
    cargo("clean", folder, target, package)?;
    timed(|| cargo("check", folder, target, package))
}

/// The time of `cargo check` of a package and all that it depends on. The sources have been downloaded before.
fn from_nothing(folder: &Path, target: &Path, package: &str) -> Result<Duration, Failure> {
    let empty = target.join("from-nothing");
    if empty.exists() {
        fs::remove_dir_all(&empty)?;
    }
    timed(|| cargo("check", folder, &empty, package))
}

fn cargo(command: &str, folder: &Path, target: &Path, package: &str) -> Result<(), Failure> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args([command, "--quiet", "--package", package]).current_dir(folder).stdin(Stdio::null());
    cargo.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    match cargo.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Failed(format!("cargo {command} of {package} failed: {status}"))),
        Err(error) => Err(Failure::Failed(format!("cargo can't be started: {error}"))),
    }
}

fn report(session: &mut Session<'_>, what: &str, runs: usize, ours: Duration, theirs: Duration) -> Result<(), Failure> {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    writeln!(
        session.out,
        "{what:<18} ours {:.1} ms, progenitor {:.1} ms, ratio {ratio:.2} (medians of {runs}, in turn)",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
    )?;
    Ok(())
}
