//! Tests of the `cargo xtask` commands, on copies of the workspace.

mod cases;
mod codegen;
mod coverage;
mod diff;
mod dropped_operations;
mod explain;
mod fetch;
mod malformed;
mod name_collisions;
mod scratch;
mod update;
