//! The sandbox in use: a tester sends requests derived from its description, and a browser opens its page.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::step::Outcome;
use crate::terminal::Failure;
use crate::tools::{Cargo, Python, Requirements, succeeds};

/// Random requests for each operation, on top of one for each example and each rule of the description.
const MOST_EXAMPLES: &str = "10";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Schemathesis sends valid and invalid requests, and the responses are as described.
pub(super) fn schemathesis(cargo: &Cargo) -> Result<Outcome, Failure> {
    let python = match Python::prepare(cargo, Requirements::Integration) {
        Ok(python) => python,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let sandbox = Running::start(cargo)?;
    let document = format!("{}/api-docs/openapi.json", sandbox.address);
    let authorization = format!("Authorization: Bearer {}", sandbox.key);
    let run = ["run", &document, "--checks", CHECKS, "--header", &authorization];
    let phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", MOST_EXAMPLES];
    let repeatable = ["--seed", "1", "--generation-database", "none"];
    let output = ["--continue-on-failure", "--no-color", "--warnings", "off"];
    // Schemathesis writes files to the current folder.
    let folder = folder(cargo, "schemathesis")?;
    python.run("schemathesis", &[&run[..], &phases, &repeatable, &output].concat(), &folder).map(Outcome::passed)
}

/// Chromium uses the page of the API with a mouse, and with the keyboard alone. Screenshots show the end of each flow.
pub(super) fn browser(cargo: &Cargo) -> Result<Outcome, Failure> {
    if !succeeds("chromium", &["--version"]) || !succeeds("chromedriver", &["--version"]) {
        return Ok(Outcome::Skipped("Chromium and its driver are needed (chromium, chromium-driver)".to_owned()));
    }
    let python = match Python::prepare(cargo, Requirements::Integration) {
        Ok(python) => python,
        Err(reason) => return Ok(Outcome::Skipped(reason)),
    };
    let sandbox = Running::start(cargo)?;
    let pictures = folder(cargo, "browser")?;
    let arguments = ["sandbox/tests/browser.py", &sandbox.address, &sandbox.key, &pictures.to_string_lossy()];
    python.run("python", &arguments, cargo.root()).map(Outcome::passed)
}

fn folder(cargo: &Cargo, name: &str) -> Result<PathBuf, Failure> {
    let folder = cargo.target().join("check").join(name);
    fs::create_dir_all(&folder)
        .map_err(|error| Failure::io(&folder.display().to_string(), "cannot be made", &error))?;
    Ok(folder)
}

/// A sandbox on a free port, with the data of the demo shop. Dropping it ends the process.
struct Running {
    process: Child,
    /// Kept open for what the sandbox prints later.
    _output: BufReader<ChildStdout>,
    address: String,
    key: String,
}

impl Running {
    fn start(cargo: &Cargo) -> Result<Self, Failure> {
        cargo.run(&["build", "--quiet", "--package", "talkable-sandbox"])?;
        let program = format!("talkable-sandbox{}", std::env::consts::EXE_SUFFIX);
        let program = cargo.target().join("debug").join(program);
        let mut process = spawn(&program)?;
        let output = process.stdout.take().map(BufReader::new);
        let mut output = output.ok_or_else(|| Failure::new("the sandbox has no output".to_owned()))?;
        let (address, key) = (value(&mut output, "address")?, value(&mut output, "key")?);
        Ok(Self { process, _output: output, address, key })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It keeps no data and may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(program: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(program);
    command.args(["--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().map_err(|error| Failure::new(format!("{}: cannot be started: {error}", program.display())))
}

/// The value of `name`, which the next line must have.
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
    fn reads_one_value_a_line() {
        let mut output = "address  http://127.0.0.1:1\nkey      a key\n".as_bytes();
        assert_eq!(value(&mut output, "address").unwrap(), "http://127.0.0.1:1");
        assert_eq!(value(&mut output, "key").unwrap(), "a key");
        assert!(value(&mut output, "key").is_err());
    }
}
