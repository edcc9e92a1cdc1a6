//! Runs cargo and other programs.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use crate::command::{Failure, Result};

/// Returns a command that runs the cargo executable that started this program. Its standard input is empty.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.stdin(Stdio::null());
    command
}

/// Cargo in one workspace, with the settings for the checks.
pub(crate) struct Cargo {
    pub(crate) root: PathBuf,
    /// The target directory, which also contains the files written by the checks.
    pub(crate) target: PathBuf,
}

impl Cargo {
    pub(crate) fn new(root: &Path) -> Self {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Self { root: root.to_owned(), target: root.join(target) }
    }

    /// Returns a cargo command without incremental compilation or debug information, because the checks need neither.
    pub(crate) fn command(&self) -> Command {
        let mut command = cargo();
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_TEST_DEBUG", "0")
            // Many tests wait for a server, so more of them can run at once than there are cores.
            .env("RUST_TEST_THREADS", "8")
            .env("RUSTDOCFLAGS", "-D warnings");
        command
    }

    /// Runs cargo with these arguments.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result {
        run(self.command().args(arguments))
    }

    /// Returns a command that runs a program that was built with a profile.
    pub(crate) fn program(&self, profile: &str, name: &str) -> Command {
        Command::new(self.target.join(profile).join(name).with_extension(std::env::consts::EXE_EXTENSION))
    }

    /// Cargo in the workspace of another folder, with the same target directory.
    pub(crate) fn in_folder(&self, folder: &Path) -> Self {
        Self { root: folder.to_owned(), target: self.target.clone() }
    }
}

/// Runs a program that prints to our output streams. If the program fails, the error contains its command line.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status();
    check(command, status)
}

/// Runs a program that prints its own errors. If it fails, this command exits with the same status.
pub(crate) fn hand_over(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| not_started(command, &error))?;
    match status.code() {
        Some(0) => Ok(()),
        // A process that was killed by a signal has no exit code.
        code => Err(Failure::Status(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}

/// Runs a program and returns its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| not_started(command, &error))?;
    check(command, Ok(output.status))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program exists and succeeds. Its output is discarded.
pub(crate) fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).stdin(Stdio::null()).output().is_ok_and(|output| output.status.success())
}

fn check(command: &Command, status: io::Result<ExitStatus>) -> Result {
    let status = status.map_err(|error| not_started(command, &error))?;
    if status.success() {
        return Ok(());
    }
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = [program].into_iter().chain(command.get_args()).map(|word| word.to_string_lossy());
    Err(Failure::new(format!("`{}` failed: {status}", words.collect::<Vec<_>>().join(" "))))
}

pub(super) fn not_started(command: &Command, error: &io::Error) -> Failure {
    let program = command.get_program().display();
    Failure::new(format!("{program} cannot be started: {error}")).help(format!("install {program}"))
}
