//! What the crate promises to those who depend on it: the oldest Rust, and a package that builds on its own.

use std::process::Stdio;

use super::Outcome;
use super::tools::Tools;
use crate::failure::Failure;
use crate::msrv;
use crate::session::Session;

/// No dependency asks for a newer Rust than the workspace promises. Clippy holds our own code to it.
pub(super) fn msrv(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    let output = tools
        .cargo_command()
        .args(["metadata", "--format-version", "1", "--locked"])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::Failed(format!("cargo cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(Failure::Failed("`cargo metadata --locked` failed".to_owned()));
    }
    let promised = env!("CARGO_PKG_RUST_VERSION");
    let violations = msrv::violations(&String::from_utf8_lossy(&output.stdout), promised).map_err(Failure::Failed)?;
    if violations.is_empty() {
        writeln!(session.out, "every dependency builds with Rust {promised}")?;
        return Ok(Outcome::Passed);
    }
    Err(Failure::Failed(format!(
        "Rust {promised} is promised, but\n  {}\n  cure: hold these back in Cargo.lock (`cargo update --precise`)",
        violations.join("\n  ")
    )))
}

/// The package is complete: cargo unpacks it and builds it where nothing of the workspace is in reach.
pub(super) fn package(_: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    tools.cargo(&["package", "--quiet", "--package", "talkable-api", "--allow-dirty"])
}
