//! The generator: the pipeline on the real documents, the commands on copies of the workspace, and the dependencies.

mod commands;
mod dependencies;
mod pipeline;

use std::path::Path;

/// The folder of the workspace.
fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the workspace")
}
