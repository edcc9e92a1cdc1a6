//! The sandbox in other hands: a tester that reads its description, and a browser that opens its page.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::Outcome;
use super::tools::Tools;
use crate::failure::Failure;

/// Requests for each operation, on top of one for each example and each rule of the description.
const MOST_EXAMPLES: &str = "10";

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// Schemathesis derives requests from the description, right and wrong ones, and the answers are as it says.
pub(super) fn schemathesis(tools: &Tools) -> Result<Outcome, Failure> {
    let sandbox = Running::start(tools)?;
    let document = format!("{}/api-docs/openapi.json", sandbox.address);
    let authorization = format!("Authorization: Bearer {}", sandbox.key);
    let run = ["run", &document, "--checks", CHECKS, "--header", &authorization];
    let phases = ["--phases", "examples,coverage,fuzzing", "--max-examples", MOST_EXAMPLES];
    let repeatable = ["--seed", "1", "--generation-database", "none"];
    let output = ["--continue-on-failure", "--no-color", "--warnings", "off"];
    // It leaves files where it runs.
    let folder = folder(tools, "schemathesis")?;
    tools.python_tool_in(&folder, "schemathesis", &[&run[..], &phases, &repeatable, &output].concat())
}

/// Chromium uses the page of the API with a mouse, and by keyboard alone. It keeps a picture of how each ended.
pub(super) fn browser(tools: &Tools) -> Result<Outcome, Failure> {
    if !tools.runs("chromium", &["--version"]) || !tools.runs("chromedriver", &["--version"]) {
        return Ok(Outcome::Skipped("Chromium and its driver are needed (chromium, chromium-driver)".to_owned()));
    }
    let sandbox = Running::start(tools)?;
    let pictures = folder(tools, "browser")?;
    let pictures = pictures.to_string_lossy();
    tools.python_tool("python", &["sandbox/tests/browser.py", &sandbox.address, &sandbox.key, &pictures])
}

fn folder(tools: &Tools, name: &str) -> Result<PathBuf, Failure> {
    let folder = tools.target().join("check").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// A sandbox on a free port, with the data of the demo shop. It ends with this.
struct Running {
    process: Child,
    /// Kept open, so that what the sandbox prints later has somewhere to go.
    _output: BufReader<ChildStdout>,
    address: String,
    key: String,
}

impl Running {
    fn start(tools: &Tools) -> Result<Self, Failure> {
        tools.cargo(&["build", "--quiet", "--package", "talkable-sandbox"])?;
        let program = format!("talkable-sandbox{}", std::env::consts::EXE_SUFFIX);
        let program = tools.target().join("debug").join(program);
        let mut process = spawn(&program)?;
        let output = process.stdout.take().map(BufReader::new);
        let mut output = output.ok_or_else(|| Failure::Failed("the sandbox has no output".to_owned()))?;
        let (address, key) = (value(&mut output, "address")?, value(&mut output, "key")?);
        Ok(Self { process, _output: output, address, key })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It keeps nothing, so it need not be asked; and if it has ended already, there is nothing to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(program: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(program);
    command.args(["--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().map_err(|error| Failure::Failed(format!("{}: cannot be started: {error}", program.display())))
}

/// What the next line gives for this name.
fn value(output: &mut impl BufRead, name: &str) -> Result<String, Failure> {
    let mut line = String::new();
    output.read_line(&mut line)?;
    let value = line.strip_prefix(name).map(str::trim).filter(|value| !value.is_empty());
    let value = value.ok_or_else(|| Failure::Failed(format!("the sandbox should print its {name}, not {line:?}")))?;
    Ok(value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_one_by_one() {
        let mut output = "address  http://127.0.0.1:1\nkey      a key\n".as_bytes();
        assert_eq!(value(&mut output, "address").unwrap(), "http://127.0.0.1:1");
        assert_eq!(value(&mut output, "key").unwrap(), "a key");
        assert!(value(&mut output, "key").is_err());
    }
}
