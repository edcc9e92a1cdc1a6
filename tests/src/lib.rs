//! What the suites that cross crates share.

pub mod conform;
pub mod simulation;
