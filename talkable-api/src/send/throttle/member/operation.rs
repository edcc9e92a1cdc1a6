//! Store operations and their results.

use std::time::Duration;

use crate::send::throttle::store::{Snapshot, Swap};

/// A store operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Load the value.
    Load,
    /// Replace the value if it has this version.
    Swap {
        /// The expected version.
        expected: u64,
        /// The new value.
        blob: Vec<u8>,
    },
}

/// The result of a store operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Completion {
    /// The result of [`Operation::Load`].
    Loaded(Snapshot),
    /// The result of [`Operation::Swap`].
    Swapped(Swap),
    /// The operation failed or took too long.
    Failed,
}

/// What to do next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The operation to start now.
    pub operation: Option<Operation>,
    /// How long the operation may take.
    pub timeout: Duration,
    /// The time of the next step, if no operation completes earlier. `None` if nothing remains to be done until the next call.
    pub wake: Option<Duration>,
}
