//! The environment of a command: the workspace, the current folder and the output streams.

use std::fmt;
use std::io::Write;
use std::path::Path;

use crate::terminal::{Failure, render, summarized};
use crate::workspace::File;

/// The environment of one command.
pub struct Context<'a> {
    /// The root of the workspace.
    pub root: &'a Path,
    /// The current folder. File names on the command line are relative to it.
    pub current: &'a Path,
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// Whether errors and warnings are colored.
    pub colors: bool,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("root", &self.root).field("current", &self.current).finish_non_exhaustive()
    }
}

impl Context<'_> {
    /// Prints a line and flushes the output. Call this function before slow work and before starting a program that prints to the
    /// same output.
    pub(crate) fn announce(&mut self, line: &str) -> Result<(), Failure> {
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        Ok(())
    }

    /// Prints a diagnostic to standard error.
    pub(crate) fn report(&mut self, diagnostic: &codegen::Diagnostic) -> Result<(), Failure> {
        writeln!(self.err, "{}", render(diagnostic, self.colors))?;
        Ok(())
    }

    /// Prints diagnostics to standard error. Many diagnostics of one kind are summarized.
    pub(crate) fn report_all(&mut self, diagnostics: &[codegen::Diagnostic]) -> Result<(), Failure> {
        summarized(diagnostics).iter().try_for_each(|diagnostic| self.report(diagnostic))
    }

    /// A file in the workspace.
    pub(crate) fn file(&self, name: &str) -> File {
        File { path: self.root.join(name), name: name.to_owned() }
    }

    /// A file named on the command line, relative to the current folder.
    pub(crate) fn given(&self, path: &Path) -> File {
        File { path: self.current.join(path), name: path.display().to_string() }
    }
}
