//! Installs tools from npm below `target/`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::Cargo;
use super::python::quietly;
use crate::command::{Failure, Result};
use crate::workspace::write_if_changed;

/// A folder with the installed packages.
pub(crate) struct Npm {
    pub(crate) folder: PathBuf,
}

impl Npm {
    /// Installs the packages in `tests/clients/package-lock.json`, unless they are up to date. If this is impossible, fails with
    /// [`Failure::Skipped`].
    pub(crate) fn prepare(cargo: &Cargo) -> Result<Self> {
        let folder = cargo.target.join("check/npm");
        let sources = cargo.root.join("tests/clients");
        for name in [".npmrc", "package.json", "package-lock.json"] {
            write_if_changed(&folder.join(name), read(&sources.join(name))?)?;
        }
        let (wanted, installed) = (read(&folder.join("package-lock.json"))?, folder.join("installed.json"));
        if fs::read(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(Self { folder });
        }
        // `npm ci` removes the installed packages first.
        write_if_changed(&installed, "")?;
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
        quietly(&mut npm, "the tools cannot be installed from npm")?;
        write_if_changed(&installed, wanted)?;
        Ok(Self { folder })
    }

    /// Returns a command that runs one of the tools. Its standard input is empty.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join("node_modules/.bin").join(program));
        command.stdin(Stdio::null());
        command
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(Failure::io(path.display(), "cannot be read"))
}
