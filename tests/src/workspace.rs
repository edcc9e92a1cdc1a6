//! Finds the root of the workspace.

use std::path::{Path, PathBuf};

/// Returns the root of the workspace, found at run time.
///
/// # Panics
///
/// Panics if `CARGO_MANIFEST_DIR` is not set. Cargo and nextest set it for tests and benchmarks.
pub fn workspace() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR").expect("CARGO_MANIFEST_DIR is set by cargo and nextest");
    Path::new(&tests).parent().expect("tests/ is a folder of the workspace").to_owned()
}
