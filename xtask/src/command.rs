//! A command, with the texts of `--help` and of the list of commands.

use crate::context::Context;
use crate::terminal::Failure;

/// A command: its usage line, its description, and the function that runs it.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut lexopt::Parser, &mut Context<'_>) -> Result<(), Failure>,
}

impl Command {
    /// Prints the text of `--help`.
    pub(crate) fn help(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        writeln!(context.out, "{}\n\n{}", self.usage, self.about)?;
        Ok(())
    }
}
