//! The files of an import, and the requests of its rows.

pub(crate) mod columns;
pub(crate) mod failures;
pub(crate) mod file;
pub(crate) mod mapping;
pub(crate) mod started;
pub(crate) mod state;

use std::path::{Path, PathBuf};

/// Adds a suffix to the name of a file.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{suffix}"));
    name.into()
}
