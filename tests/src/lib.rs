//! Code shared by the test suites and the benchmarks: the comparison of payloads with the bindings, and the throttle
//! simulation.

pub mod conform;
pub mod simulation;
mod workspace;

pub use workspace::workspace;

/// Runs the examples in the root README as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
