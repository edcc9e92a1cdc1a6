//! Tests a running sandbox with requests derived from its description, and in a browser.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{Cargo, Python, succeeds};

/// The number of random requests per operation, in addition to requests derived from examples and constraints.
const MAX_EXAMPLES: &str = "10";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Sends valid and invalid requests with schemathesis, and compares the responses with the description.
pub(super) fn schemathesis(_: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    let python = Python::prepare(cargo, "integration")?;
    let sandbox = Running::start(cargo)?;
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

/// Tests the API page in Chromium, with the mouse and with only the keyboard. Saves screenshots of each flow.
pub(super) fn browser(_: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
    if !succeeds("chromium", &["--version"]) || !succeeds("chromedriver", &["--version"]) {
        return Err(Failure::Skipped(
            "Chromium and its driver are not both installed (packages chromium and chromium-driver)".to_owned(),
        ));
    }
    let python = Python::prepare(cargo, "integration")?;
    let sandbox = Running::start(cargo)?;
    let screenshots = folder(cargo, "browser")?;
    let arguments = ["sandbox/tests/browser.py", &sandbox.address, &sandbox.key, &screenshots.to_string_lossy()];
    python.run("python", &arguments, &cargo.root)
}

fn folder(cargo: &Cargo, name: &str) -> Result<PathBuf, Failure> {
    let folder = cargo.target.join("check").join(name);
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::io(&folder.display().to_string(), "cannot be created", &error))?;
    Ok(folder)
}

/// A running sandbox with the demo shop's data, on a free port. Dropping this value kills the process.
struct Running {
    process: Child,
    /// Keeps the pipe open, because the sandbox prints more lines later.
    _output: BufReader<ChildStdout>,
    address: String,
    key: String,
}

impl Running {
    fn start(cargo: &Cargo) -> Result<Self, Failure> {
        cargo.run(&["build", "--quiet", "--package", "talkable-sandbox"])?;
        let program = format!("talkable-sandbox{}", std::env::consts::EXE_SUFFIX);
        let program = cargo.target.join("debug").join(program);
        let mut process = spawn(&program)?;
        let output = process.stdout.take().map(BufReader::new);
        let mut output = output.ok_or_else(|| Failure::new("the output of the sandbox is not piped".to_owned()))?;
        let (address, key) = (value(&mut output, "address")?, value(&mut output, "key")?);
        Ok(Self { process, _output: output, address, key })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The process may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(program: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(program);
    command.args(["--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().map_err(|error| Failure::new(format!("{}: cannot be started: {error}", program.display())))
}

/// Reads the next line, which must consist of `name` and its value.
fn value(output: &mut impl BufRead, name: &str) -> Result<String, Failure> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    let value = line.strip_prefix(name).map(str::trim).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| Failure::new(format!("expected the sandbox to print its {name}, not {line:?}")))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_value_per_line() {
        let mut output = "address  http://127.0.0.1:1\nkey      a key\n".as_bytes();
        assert_eq!(value(&mut output, "address").unwrap(), "http://127.0.0.1:1");
        assert_eq!(value(&mut output, "key").unwrap(), "a key");
        assert!(value(&mut output, "key").is_err());
    }
}
