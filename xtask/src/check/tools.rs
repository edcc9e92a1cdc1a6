//! The programs that the checks run: cargo with CI's settings, and tools from PyPI in a virtual environment of our own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Outcome;
use crate::failure::Failure;

/// What the virtual environment holds, with versions.
const REQUIREMENTS: &str = include_str!("../../requirements.txt");

pub(crate) struct Tools {
    root: PathBuf,
    target: PathBuf,
    started: Instant,
}

impl Tools {
    pub(crate) fn new(root: &Path) -> Self {
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(target) => root.join(target),
            None => root.join("target"),
        };
        Self { root: root.to_owned(), target, started: Instant::now() }
    }

    /// The seconds since the checks began.
    pub(super) fn seconds(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Where cargo builds, and where all that the checks make has its place.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Cargo as CI runs it: warnings are errors, and nothing is written that only a developer's next build would use.
    pub(crate) fn cargo_command(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_TEST_DEBUG", "0")
            // Many tests wait for a server on purpose, and can do so side by side.
            .env("RUST_TEST_THREADS", "8")
            .env("RUSTDOCFLAGS", "-D warnings");
        command
    }

    /// Runs cargo in the workspace.
    pub(super) fn cargo(&self, arguments: &[&str]) -> Result<Outcome, Failure> {
        let mut command = self.cargo_command();
        command.args(arguments);
        if arguments.first() == Some(&"clippy") {
            command.args(["--", "-D", "warnings"]);
        }
        run(&mut command, &format!("cargo {}", arguments.join(" ")))
    }

    /// Whether a program is there and succeeds.
    pub(super) fn runs(&self, program: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Runs a program from the virtual environment, which is made if it isn't there.
    pub(super) fn python_tool(&self, program: &str, arguments: &[impl AsRef<OsStr>]) -> Result<Outcome, Failure> {
        self.python_tool_in(&self.root, program, arguments)
    }

    /// The same for a program that leaves files where it runs.
    pub(super) fn python_tool_in(
        &self,
        folder: &Path,
        program: &str,
        arguments: &[impl AsRef<OsStr>],
    ) -> Result<Outcome, Failure> {
        let environment = self.target.join("check").join("python");
        if let Err(reason) = self.prepare(&environment) {
            return Ok(Outcome::Skipped(reason));
        }
        let mut command = Command::new(environment.join("bin").join(program));
        command.args(arguments).current_dir(folder).stdin(Stdio::null());
        run(&mut command, program)
    }

    /// Makes the virtual environment, or leaves it as it is if it already holds what is required.
    fn prepare(&self, environment: &Path) -> Result<(), String> {
        let stamp = environment.join("requirements.txt");
        if fs::read_to_string(&stamp).is_ok_and(|held| held == REQUIREMENTS) {
            return Ok(());
        }
        let made =
            Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment).stdin(Stdio::null()).output();
        match made {
            Ok(output) if output.status.success() => {}
            Ok(_) => return Err("python3 cannot make a virtual environment (package python3-venv)".to_owned()),
            Err(_) => return Err("python3 is not installed".to_owned()),
        }
        let installed = Command::new(environment.join("bin").join("python"))
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(self.root.join("xtask").join("requirements.txt"))
            .stdin(Stdio::null())
            .output();
        match installed {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                eprint!("{}", String::from_utf8_lossy(&output.stderr));
                return Err("the tools cannot be installed from PyPI".to_owned());
            }
            Err(error) => return Err(format!("pip cannot be started: {error}")),
        }
        fs::write(&stamp, REQUIREMENTS).map_err(|error| format!("{}: {error}", stamp.display()))
    }
}

/// Runs a program whose output goes straight to ours.
pub(crate) fn run(command: &mut Command, name: &str) -> Result<Outcome, Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(Outcome::Passed),
        Ok(status) => Err(Failure::Failed(format!("`{name}` failed: {status}"))),
        Err(error) => Err(Failure::Failed(format!("`{name}` cannot be started: {error}"))),
    }
}
