//! What the suites that cross crates share.

pub mod conform;
pub mod simulation;

/// The examples of the project's README, which are tested with all others.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
