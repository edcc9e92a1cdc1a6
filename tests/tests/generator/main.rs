//! Tests of the generator: the pipeline on the real documents, the commands on copies of the workspace, and the dependencies.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod commands;
mod dependencies;
mod pipeline;

use talkable_tests::workspace;

/// An overlay without actions.
const EMPTY_OVERLAY: &str = "overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n";

/// Reads a file of the workspace.
fn read(name: &str) -> Vec<u8> {
    std::fs::read(workspace().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}
