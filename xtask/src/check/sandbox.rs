//! Tests a running sandbox with requests derived from its description, and in a browser.

use std::path::PathBuf;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, Python, Sandbox, succeeds};
use crate::workspace::create_folder;

/// The number of random requests per operation, in addition to requests derived from examples and constraints.
const MAX_EXAMPLES: &str = "10";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Sends valid and invalid requests with schemathesis, and compares the responses with the description.
pub(super) fn schemathesis(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    let python = Python::prepare(cargo, "integration")?;
    let sandbox = start(cargo)?;
    let document = format!("{}/api-docs/openapi.json", sandbox.address);
    let authorization = format!("Authorization: Bearer {}", sandbox.key);
    let run = ["run", &document, "--checks", CHECKS, "--header", &authorization];
    let phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", MAX_EXAMPLES];
    let repeatable = ["--seed", "1", "--generation-database", "none"];
    let output = ["--continue-on-failure", "--no-color", "--warnings", "off"];
    // Schemathesis writes files to the current folder.
    let folder = folder(cargo, "schemathesis")?;
    python.run("schemathesis", &[&run[..], &phases, &repeatable, &output].concat(), &folder)
}

/// Tests the API page and the activity page in Chromium, with the mouse and with only the keyboard. Saves screenshots of each
/// flow.
pub(super) fn browser(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    if !succeeds("chromium", &["--version"]) || !succeeds("chromedriver", &["--version"]) {
        let reason = "Chromium and its driver are not both installed (packages chromium and chromium-driver)";
        return Err(Failure::Skipped(reason.to_owned()));
    }
    let python = Python::prepare(cargo, "integration")?;
    let sandbox = start(cargo)?;
    let screenshots = folder(cargo, "browser")?;
    let arguments = ["sandbox/tests/browser.py", &sandbox.address, &sandbox.key, &screenshots.to_string_lossy()];
    python.run("python", &arguments, &cargo.root)
}

fn folder(cargo: &Cargo, name: &str) -> Result<PathBuf> {
    let folder = cargo.target.join("check").join(name);
    create_folder(&folder)?;
    Ok(folder)
}

/// Builds the sandbox and starts it.
pub(super) fn start(cargo: &Cargo) -> Result<Sandbox> {
    cargo.run(&["build", "--quiet", "--package", "talkable-sandbox"])?;
    Sandbox::start(&mut cargo.program("debug", "talkable-sandbox"))
}
