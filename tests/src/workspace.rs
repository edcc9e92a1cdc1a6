//! The workspace that a test or a benchmark runs in.

use std::path::{Path, PathBuf};

/// The root of the workspace that a test or a benchmark runs in.
///
/// # Panics
///
/// If `CARGO_MANIFEST_DIR` is not set, which cargo and nextest do for every test and benchmark.
pub fn workspace() -> PathBuf {
    let tests = std::env::var_os("CARGO_MANIFEST_DIR").expect("CARGO_MANIFEST_DIR is set by cargo and nextest");
    Path::new(&tests).parent().expect("tests/ is a folder of the workspace").to_owned()
}
