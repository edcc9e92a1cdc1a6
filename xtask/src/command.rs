//! The interface between the program and its commands: a command, its context and its result.

use std::fmt;
use std::io::Write;
use std::path::Path;

pub(crate) use crate::terminal::{Failure, Result};
use crate::terminal::{count, render, summarized};
use crate::workspace::{File, Tree};

/// A command, with its usage line, its description and the function that runs it.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut lexopt::Parser, &mut Context<'_>) -> Result,
}

impl Command {
    /// Prints the help text.
    pub(crate) fn help(&self, context: &mut Context<'_>) -> Result {
        writeln!(context.out, "{}\n\n{}", self.usage, self.about)?;
        Ok(())
    }
}

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
    pub(crate) fn announce(&mut self, line: &str) -> Result {
        writeln!(self.out, "{line}")?;
        self.out.flush()?;
        Ok(())
    }

    /// Prints a diagnostic to standard error.
    pub(crate) fn report(&mut self, diagnostic: &codegen::Diagnostic) -> Result {
        writeln!(self.err, "{}", render(diagnostic, self.colors))?;
        Ok(())
    }

    /// Prints diagnostics to standard error. Many diagnostics of one kind are summarized.
    pub(crate) fn report_all(&mut self, diagnostics: &[codegen::Diagnostic]) -> Result {
        summarized(diagnostics).iter().try_for_each(|diagnostic| self.report(diagnostic))
    }

    /// The root of the workspace.
    pub(crate) fn root(&self) -> File {
        File { path: self.root.to_owned(), name: String::new() }
    }

    /// Locks a folder in which the command replaces files. Call this function before reading files from the folder, because it
    /// completes the write of an interrupted command.
    pub(crate) fn lock(&mut self, folder: File) -> Result<Tree> {
        let tree = Tree::lock(folder)?;
        if tree.completed > 0 {
            let files = count(tree.completed, "file", "files");
            writeln!(self.err, "note: completed the write of an interrupted command: {files}")?;
        }
        Ok(tree)
    }

    /// A file in the workspace.
    pub(crate) fn file(&self, name: &str) -> File {
        self.root().join(name)
    }

    /// A file named on the command line, relative to the current folder.
    pub(crate) fn given(&self, path: &Path) -> File {
        File { path: self.current.join(path), name: path.display().to_string() }
    }
}
