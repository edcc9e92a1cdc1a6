//! A command and its help text.

use crate::context::Context;
use crate::terminal::Failure;

/// A command, with its usage line, its description and the function that runs it.
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) usage: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&mut lexopt::Parser, &mut Context<'_>) -> Result<(), Failure>,
}

impl Command {
    /// Prints the help text.
    pub(crate) fn help(&self, context: &mut Context<'_>) -> Result<(), Failure> {
        writeln!(context.out, "{}\n\n{}", self.usage, self.about)?;
        Ok(())
    }
}
