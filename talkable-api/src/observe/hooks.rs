//! The hooks that observe a client's calls.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Attempt, CallOutcome};

type OnAttempt = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
type OnCall = Box<dyn Fn(&CallOutcome<'_>) + Send + Sync>;

/// The hooks of a client, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Hooks {
    pub(crate) on_attempt: Vec<OnAttempt>,
    pub(crate) on_call: Vec<OnCall>,
}

/// The error for a hook that panicked. Rust's panic handler has already reported the panic.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Hooks {
    /// Runs all hooks, even if one panics.
    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) -> Result<(), Panicked> {
        self.on_attempt.iter().map(|hook| guarded(|| hook(attempt))).fold(Ok(()), Result::and)
    }

    /// Runs all hooks, even if one panics. Panics are not recorded, because the call's span is already closed.
    pub(crate) fn ended(&self, outcome: &CallOutcome<'_>) {
        for hook in &self.on_call {
            let _ = guarded(|| hook(outcome));
        }
    }
}

/// Runs a hook and catches a panic. This is unwind safe, because a hook gets only shared references, or a request that
/// is discarded after a panic.
pub(crate) fn guarded(hook: impl FnOnce()) -> Result<(), Panicked> {
    catch_unwind(AssertUnwindSafe(hook)).map_err(|_| Panicked)
}
