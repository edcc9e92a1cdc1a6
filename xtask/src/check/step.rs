//! One step of the checks.

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::Cargo;

/// A step and its name on the command line.
pub(super) struct Step {
    pub(super) name: &'static str,
    pub(super) run: fn(&mut Context<'_>, &Cargo) -> Result<Outcome, Failure>,
}

/// The end of a step that did not fail.
pub(super) enum Outcome {
    Passed,
    /// The reason why the step could not run.
    Skipped(String),
}

impl Outcome {
    /// For steps that are never skipped.
    pub(super) fn passed((): ()) -> Self {
        Self::Passed
    }
}
