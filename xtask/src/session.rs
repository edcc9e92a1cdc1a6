//! What a command may touch: the workspace, the folder it was called in, and the two outputs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// One run of one command.
pub(crate) struct Session<'a> {
    pub(crate) root: &'a Path,
    pub(crate) current: &'a Path,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
}

impl<'a> Session<'a> {
    pub(crate) fn new(root: &'a Path, current: &'a Path, out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Self { root, current, out, err }
    }

    /// A file of the workspace: its place, and its name for messages.
    pub(crate) fn own(&self, name: &str) -> Named {
        Named { path: self.root.join(name), name: name.to_owned() }
    }

    /// A file that the user named, relative to where the command was typed.
    pub(crate) fn given(&self, path: &Path) -> Named {
        Named { path: self.current.join(path), name: path.display().to_string() }
    }
}

/// A file with the name under which messages speak of it.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
}

impl Named {
    pub(crate) fn read(&self) -> Result<Vec<u8>, Failure> {
        fs::read(&self.path).map_err(|error| Failure::Failed(format!("{}: cannot be read: {error}", self.name)))
    }
}
