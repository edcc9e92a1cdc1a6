//! The commands, one per file, except `check` and `bench`.

pub(crate) mod codegen;
pub(crate) mod conform;
pub(crate) mod corpus;
pub(crate) mod coverage;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod fetch;
pub(crate) mod transcribe;
pub(crate) mod update;
