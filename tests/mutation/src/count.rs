//! Counts the inputs that reach the tested stage, and the inputs accepted by the stage.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::stages::StageRun;

/// Counters for the inputs of a test run.
///
/// ```
/// use mutation::{count::Count, stages};
///
/// static COUNT: Count = Count::new();
/// for byte in 0..20 {
///     COUNT.note(&stages::repair(&[byte; 5]));
/// }
/// assert!(COUNT.to_string().starts_with("20 inputs, 20 (100 %) reached the stage"));
/// ```
#[derive(Debug, Default)]
pub struct Count {
    inputs: AtomicU64,
    reached: AtomicU64,
    accepted: AtomicU64,
}

impl Count {
    /// Creates counters at zero.
    #[must_use]
    pub const fn new() -> Self {
        Self { inputs: AtomicU64::new(0), reached: AtomicU64::new(0), accepted: AtomicU64::new(0) }
    }

    /// Counts an input and returns the total number of inputs.
    pub fn note(&self, run: &StageRun) -> u64 {
        self.reached.fetch_add(run.reached.into(), Ordering::Relaxed);
        self.accepted.fetch_add((run.reached && run.error.is_none()).into(), Ordering::Relaxed);
        self.inputs.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns the percentage of inputs that reached the stage.
    #[must_use]
    pub fn percent_reached(&self) -> u64 {
        100 * self.reached.load(Ordering::Relaxed) / self.inputs.load(Ordering::Relaxed).max(1)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [inputs, reached, accepted] =
            [&self.inputs, &self.reached, &self.accepted].map(|count| count.load(Ordering::Relaxed));
        let percent = self.percent_reached();
        write!(f, "{inputs} inputs, {reached} ({percent} %) reached the stage, {accepted} were accepted")
    }
}
