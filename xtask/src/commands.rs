//! The commands, each in a file of its own. `check` and `bench` have folders.

pub(crate) mod codegen;
pub(crate) mod conform;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod transcribe;
pub(crate) mod update;
