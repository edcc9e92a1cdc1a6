//! Tests a running sandbox with requests derived from its description, and in a browser.

use std::path::PathBuf;
use std::process::Command;

use crate::command::{Context, Failure, Result};
use crate::tools::{Cargo, Python, Server, succeeds};
use crate::workspace::create_folder;

/// The number of random requests per operation, in addition to requests derived from examples and constraints.
const MAX_EXAMPLES: &str = "10";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Sends valid and invalid requests with schemathesis, and compares the responses with the description.
pub(super) fn schemathesis(_: &mut Context<'_>, cargo: &Cargo) -> Result {
    let python = Python::prepare(cargo, "integration")?;
    let sandbox = Sandbox::start(cargo)?;
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
    let sandbox = Sandbox::start(cargo)?;
    let screenshots = folder(cargo, "browser")?;
    let arguments = ["sandbox/tests/browser.py", &sandbox.address, &sandbox.key, &screenshots.to_string_lossy()];
    python.run("python", &arguments, &cargo.root)
}

fn folder(cargo: &Cargo, name: &str) -> Result<PathBuf> {
    let folder = cargo.target.join("check").join(name);
    create_folder(&folder)?;
    Ok(folder)
}

/// A running sandbox with the demo shop's data, on a free port.
struct Sandbox {
    _server: Server,
    address: String,
    key: String,
}

impl Sandbox {
    fn start(cargo: &Cargo) -> Result<Self> {
        cargo.run(&["build", "--quiet", "--package", "talkable-sandbox"])?;
        let program = cargo.target.join("debug/talkable-sandbox").with_extension(std::env::consts::EXE_EXTENSION);
        let mut server = Server::start(Command::new(program).args(["--listen", "127.0.0.1:0"]))?;
        let (address, key) = (value(&server.line()?, "address")?, value(&server.line()?, "key")?);
        Ok(Self { _server: server, address, key })
    }
}

/// Reads a line that consists of `name` and its value.
fn value(line: &str, name: &str) -> Result<String> {
    let value = line.strip_prefix(name).map(str::trim).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| Failure::new(format!("expected the sandbox to print its {name}, not {line:?}")))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_value_per_line() {
        assert_eq!(value("address  http://127.0.0.1:1\n", "address").unwrap(), "http://127.0.0.1:1");
        assert_eq!(value("key      a key\n", "key").unwrap(), "a key");
        assert!(value("", "key").is_err());
    }
}
