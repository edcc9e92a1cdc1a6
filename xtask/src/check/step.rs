//! A step of `cargo xtask check`.

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::Cargo;

/// A step, with its name on the command line.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) run: Run,
}

/// The action of a step.
pub(super) enum Run {
    Cargo(&'static [&'static str]),
    Check(fn(&mut Context<'_>, &Cargo) -> Result<(), Failure>),
}

impl Step {
    pub(super) fn run(&self, context: &mut Context<'_>, cargo: &Cargo) -> Result<(), Failure> {
        match self.run {
            Run::Cargo(arguments) => cargo.run(arguments),
            Run::Check(check) => check(context, cargo),
        }
    }
}
