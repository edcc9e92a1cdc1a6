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
            || timed(|| codegen::generate(&files.inputs()).map(drop).map_err(Failure::from)),
            || timed(|| reader::generate(&description, style).map(drop)),
        )?;
        report(session, what, one, other)?;
    }

    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| session.root.join("target"), Into::into).join("bench");
    let folder = target.join("progenitor-builder");
    write(&folder.join("Cargo.toml"), &client.manifest)?;
    write(&folder.join("src").join("lib.rs"), &client.text)?;
    fs::copy(session.root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    let root = session.root;
    // The first check of each builds what it depends on, and is not counted.
    check(root, &target, "talkable-api")?;
    check(&folder, &target, reader::PACKAGE)?;
    let (one, other) = alternate(|| check(root, &target, "talkable-api"), || check(&folder, &target, reader::PACKAGE))?;
    report(session, "cargo check alone", one, other)
}

/// Runs both sides in turn and gives the median of each.
fn alternate(
    mut one: impl FnMut() -> Result<Duration, Failure>,
    mut other: impl FnMut() -> Result<Duration, Failure>,
) -> Result<(Duration, Duration), Failure> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
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
fn check(folder: &Path, target: &Path, package: &str) -> Result<Duration, Failure> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments).args(["--quiet", "--package", package]).current_dir(folder).stdin(Stdio::null());
        command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(Failure::Failed(format!("cargo {} of {package} failed: {status}", arguments.join(" ")))),
            Err(error) => Err(Failure::Failed(format!("cargo can't be started: {error}"))),
        }
    };
    cargo(&["clean"])?;
    timed(|| cargo(&["check"]))
}

fn report(session: &mut Session<'_>, what: &str, ours: Duration, theirs: Duration) -> Result<(), Failure> {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    writeln!(
        session.out,
        "{what:<18} ours {:.1} ms, progenitor {:.1} ms, ratio {ratio:.2} (medians of {RUNS}, in turn)",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
    )?;
    Ok(())
}
