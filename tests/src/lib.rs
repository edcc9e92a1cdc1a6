//! Shared by the suites that cross crates: the comparison of payloads, and the simulation of the throttle.

pub mod conform;
pub mod simulation;
mod workspace;

pub use workspace::workspace;

/// The examples of the project's README, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
