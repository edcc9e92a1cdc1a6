//! Observing calls: hooks, attempts, outcomes, and the spans of `tracing`.

mod attempt;
#[cfg_attr(not(feature = "tracing"), path = "observe/call_span/off.rs")]
mod call_span;
mod hooks;
mod outcome;

pub use attempt::Attempt;
pub(crate) use attempt::AttemptObserver;
pub(crate) use call_span::CallSpan;
pub use hooks::Draft;
pub(crate) use hooks::Hooks;
pub use outcome::Outcome;
