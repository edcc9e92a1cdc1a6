//! Hooks for attempts and calls, and `tracing` spans.

mod attempt;
mod attempt_observer;
#[cfg_attr(not(feature = "tracing"), path = "observe/call_span/off.rs")]
mod call_span;
mod hooks;
mod outcome;
mod server;

pub use attempt::Attempt;
pub(crate) use attempt_observer::AttemptObserver;
pub(crate) use call_span::CallSpan;
pub(crate) use hooks::{Hooks, Panicked, guarded};
pub use outcome::CallOutcome;
pub(crate) use server::Server;
