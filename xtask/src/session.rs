//! What a command may touch: the workspace, the folder it was called in, and the two outputs.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::draw::{Severity, draw};
use crate::failure::Failure;

/// One run of one command.
pub(crate) struct Session<'a> {
    pub(crate) root: &'a Path,
    pub(crate) current: &'a Path,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
    /// Whether `err` understands colors.
    pub(crate) colors: bool,
}

impl Session<'_> {
    /// Tells of something that is no reason to stop.
    pub(crate) fn warn(&mut self, warning: &codegen::Error) -> Result<(), Failure> {
        writeln!(self.err, "{}", draw(Severity::Warning, warning, self.colors))?;
        Ok(())
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
        fs::read(&self.path).map_err(|error| {
            codegen::Error::new(format!("the file cannot be read: {error}"))
                .in_file(&self.name)
                .cure("correct its name")
                .into()
        })
    }
}
