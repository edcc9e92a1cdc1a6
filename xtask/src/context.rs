//! What a command works with: the workspace, the current folder and the two outputs.

use std::io::Write;
use std::path::Path;

use crate::terminal::{Failure, render};
use crate::workspace::File;

/// One run of one command.
pub(crate) struct Context<'a> {
    pub(crate) root: &'a Path,
    pub(crate) current: &'a Path,
    pub(crate) out: &'a mut dyn Write,
    pub(crate) err: &'a mut dyn Write,
    /// Whether `err` understands colors.
    pub(crate) colors: bool,
}

impl Context<'_> {
    /// Prints a line before something that takes a while or prints by itself.
    pub(crate) fn announce(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        Ok(())
    }

    /// Prints a diagnostic.
    pub(crate) fn report(&mut self, diagnostic: &codegen::Diagnostic) -> Result<(), Failure> {
        writeln!(self.err, "{}", render(diagnostic, self.colors))?;
        Ok(())
    }

    /// A file of the workspace.
    pub(crate) fn file(&self, name: &str) -> File {
        File { path: self.root.join(name), name: name.to_owned() }
    }

    /// A file named on the command line, relative to the current folder.
    pub(crate) fn given(&self, path: &Path) -> File {
        File { path: self.current.join(path), name: path.display().to_string() }
    }
}
