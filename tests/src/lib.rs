//! The comparison of payloads with the bindings, and the simulation of the throttle.

pub mod conform;
pub mod simulation;
mod workspace;

pub use workspace::workspace;

/// The examples of the README at the root, as doc tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
