//! The suites that hold the workspace to its promises: its commands, on copies of the tree, and its dependencies.

mod changes;
mod clashes;
mod commands;
mod coverage;
mod dropped;
mod explain;
mod fetch;
mod malformed;
mod promises;
mod scratch;
mod several;
mod update;
