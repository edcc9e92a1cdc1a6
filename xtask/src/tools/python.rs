//! Installs tools from PyPI in a virtual environment below `target/`, and runs them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::{Cargo, run};
use crate::terminal::Failure;

/// A virtual environment with the tools of one requirements file.
pub(crate) struct Python {
    folder: PathBuf,
}

impl Python {
    /// Creates the virtual environment for `xtask/requirements/LIST.txt`, unless it is up to date. If this is impossible, fails with
    /// [`Failure::Skipped`].
    pub(crate) fn prepare(cargo: &Cargo, list: &str) -> Result<Self, Failure> {
        let folder = cargo.target.join("check/python").join(list);
        let requirements = cargo.root.join(format!("xtask/requirements/{list}.txt"));
        let wanted = fs::read_to_string(&requirements)
            .map_err(|error| skipped(format!("{}: {error}", requirements.display())))?;
        let installed = folder.join("requirements.txt");
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { folder });
        }
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv", "--clear"]).arg(&folder);
        if !quietly(&mut venv)? {
            return Err(skipped("python3 cannot create a virtual environment (install the package python3-venv)"));
        }
        let mut pip = Command::new(folder.join("bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&requirements);
        if !quietly(&mut pip)? {
            return Err(skipped("the tools cannot be installed from PyPI"));
        }
        fs::write(&installed, wanted).map_err(|error| skipped(format!("{}: {error}", installed.display())))?;
        Ok(Self { folder })
    }

    /// Runs one of the tools in a folder.
    pub(crate) fn run(&self, program: &str, arguments: &[impl AsRef<OsStr>], folder: &Path) -> Result<(), Failure> {
        let mut command = Command::new(self.folder.join("bin").join(program));
        run(command.args(arguments).current_dir(folder).stdin(Stdio::null()))
    }
}

fn skipped(reason: impl Into<String>) -> Failure {
    Failure::Skipped(reason.into())
}

/// Whether a program succeeds. If it fails, its errors are printed.
fn quietly(command: &mut Command) -> Result<bool, Failure> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|_| skipped(format!("{} is not installed", command.get_program().display())))?;
    if !output.status.success() {
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.status.success())
}
