//! Reports about a run: what changed between two documents, where a method comes from, and what the bindings leave out.

pub mod coverage;
pub mod diff;
pub mod explain;
