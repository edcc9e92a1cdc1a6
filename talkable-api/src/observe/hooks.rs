//! The hooks of a client that observe its calls.

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

/// A hook panicked. The panic hook has reported it.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Hooks {
    /// Runs all hooks, even if one panics.
    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) -> Result<(), Panicked> {
        self.on_attempt.iter().map(|hook| guarded(|| hook(attempt))).fold(Ok(()), Result::and)
    }

    /// Runs all hooks, even if one panics. The span of the call is closed, so panics are not reported to it.
    pub(crate) fn ended(&self, outcome: &CallOutcome<'_>) {
        for hook in &self.on_call {
            let _ = guarded(|| hook(outcome));
        }
    }
}

/// Catches a panic of a hook. This is unwind safe: hooks get shared references, or a request that is not sent after a panic.
pub(crate) fn guarded(hook: impl FnOnce()) -> Result<(), Panicked> {
    catch_unwind(AssertUnwindSafe(hook)).map_err(|_| Panicked)
}
