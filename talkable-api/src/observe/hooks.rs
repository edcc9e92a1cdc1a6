//! The hooks that observe attempts and outcomes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Attempt, Outcome};

type OnAttempt = Box<dyn Fn(&Attempt<'_>) + Send + Sync>;
type OnCall = Box<dyn Fn(&Outcome<'_>) + Send + Sync>;

/// The hooks of a client, in the order in which they were added.
#[derive(Default)]
pub(crate) struct Hooks {
    on_attempt: Vec<OnAttempt>,
    on_call: Vec<OnCall>,
}

/// A hook panicked. Rust's panic hook has reported it.
#[derive(Debug)]
pub(crate) struct Panicked;

impl Hooks {
    pub(crate) fn push_on_attempt(&mut self, hook: OnAttempt) {
        self.on_attempt.push(hook);
    }

    pub(crate) fn push_on_call(&mut self, hook: OnCall) {
        self.on_call.push(hook);
    }

    pub(crate) fn has_on_call(&self) -> bool {
        !self.on_call.is_empty()
    }

    pub(crate) fn has_on_attempt(&self) -> bool {
        !self.on_attempt.is_empty()
    }

    /// Runs all hooks. A panic does not change the result of the attempt.
    pub(crate) fn attempted(&self, attempt: &Attempt<'_>) -> Result<(), Panicked> {
        self.on_attempt.iter().map(|hook| guarded(|| hook(attempt))).fold(Ok(()), Result::and)
    }

    /// Runs all hooks. A panic is not reported further, because the span of the call is closed.
    pub(crate) fn ended(&self, outcome: &Outcome<'_>) {
        for hook in &self.on_call {
            let _ = guarded(|| hook(outcome));
        }
    }
}

/// Catches a panic. Hooks can't leave anything inconsistent behind: they get shared references, or a request that is
/// dropped after a panic.
pub(crate) fn guarded(hook: impl FnOnce()) -> Result<(), Panicked> {
    catch_unwind(AssertUnwindSafe(hook)).map_err(|_| Panicked)
}
