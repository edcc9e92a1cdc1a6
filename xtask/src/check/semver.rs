//! Compares the public items of the published libraries with those of the last release.

use std::process::Command;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, output, run};

/// The version of cargo-semver-checks. A newer Rust may need a newer version, because the format of rustdoc's JSON changes.
const VERSION: &str = "0.51.0";

pub(super) fn check(context: &mut Context<'_>, cargo: &Cargo) -> Result {
    let git = |arguments: &[&str]| output(Command::new("git").args(arguments).current_dir(&cargo.root));
    if git(&["rev-parse", "--is-shallow-repository"])?.trim() == "true" {
        return Err(Failure::Skipped("a shallow clone lacks tags (run `git fetch --unshallow --tags`)".to_owned()));
    }
    let tags = git(&["tag", "--merged", "HEAD", "--list", "v[0-9]*", "--sort=-version:refname"])?;
    let Some(tag) = tags.lines().next() else {
        return context.announce("there is no release to compare with");
    };
    context.announce(&format!("comparing with {tag}"))?;
    let folder = cargo.target.join("check/semver");
    let install = ["install", "--quiet", "--locked", "cargo-semver-checks", "--version", VERSION, "--root"];
    run(cargo.command().args(install).arg(&folder))?;
    // The library of talkable-cli is internal; its interface is the command line.
    let arguments = ["semver-checks", "--workspace", "--exclude", "talkable-cli", "--baseline-rev", tag];
    run(Command::new(folder.join("bin/cargo-semver-checks")).args(arguments).current_dir(&cargo.root))
}
