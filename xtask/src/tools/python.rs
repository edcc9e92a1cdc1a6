//! Installs tools from PyPI in a virtual environment below `target/`, and runs them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::{Cargo, run};
use crate::command::{Failure, Result};

/// A virtual environment with the tools of one requirements file.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Creates the virtual environment for `xtask/requirements/LIST.txt`, unless it is up to date. If this is impossible, fails with
    /// [`Failure::Skipped`].
    pub(crate) fn prepare(cargo: &Cargo, list: &str) -> Result<Self> {
        let folder = cargo.target.join("check/python").join(list);
        let requirements = cargo.root.join(format!("xtask/requirements/{list}.txt"));
        let installed = folder.join("requirements.txt");
        let skipped = |path: &Path, error| Failure::Skipped(format!("{}: {error}", path.display()));
        let wanted = fs::read_to_string(&requirements).map_err(|error| skipped(&requirements, error))?;
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { folder });
        }
        let mut venv = Command::new("python3");
        let reason = "python3 cannot create a virtual environment (install the package python3-venv)";
        quietly(venv.args(["-m", "venv", "--clear"]).arg(&folder), reason)?;
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        quietly(pip.arg(&requirements), "the tools cannot be installed from PyPI")?;
        fs::write(&installed, wanted).map_err(|error| skipped(&installed, error))?;
        Ok(Self { folder })
    }

    /// Runs one of the tools in a folder.
    pub(crate) fn run(&self, program: &str, arguments: &[impl AsRef<OsStr>], folder: &Path) -> Result {
        run(self.command(program).args(arguments).current_dir(folder))
    }

    /// Returns a command that runs one of the tools. Its standard input is empty.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join("bin").join(program));
        command.stdin(Stdio::null());
        command
    }
}

/// Runs a program. If it fails, prints its errors and skips the step for the given reason.
pub(super) fn quietly(command: &mut Command, reason: &str) -> Result {
    let output = command.stdin(Stdio::null()).output();
    let missing = |_| Failure::Skipped(format!("{} is not installed", command.get_program().display()));
    let output = output.map_err(missing)?;
    if output.status.success() {
        return Ok(());
    }
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Failure::Skipped(reason.to_owned()))
}
