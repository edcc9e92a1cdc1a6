//! Finds the root of the workspace that a command works on.
//!
//! The search happens when the program runs: a compiled-in path would make a program from a copied or shared target directory
//! work on the checkout that it was built in.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The root of the workspace around `manifest_dir`, cargo's variable `CARGO_MANIFEST_DIR`, or else around the current folder.
///
/// # Errors
///
/// A message with its remedy, if neither is in this workspace.
pub fn find_root(manifest_dir: Option<&OsStr>, current: &Path) -> Result<PathBuf, String> {
    let starts = manifest_dir.map(Path::new).into_iter().chain([current]);
    let root = starts.flat_map(Path::ancestors).find(|folder| is_workspace(folder));
    root.map(Path::to_owned).ok_or_else(|| {
        let current = current.display();
        format!(
            "{current} is not inside the workspace of talkable-api\n  = help: run `cargo xtask` in a checkout of it"
        )
    })
}

fn is_workspace(folder: &Path) -> bool {
    ["Cargo.toml", "talkable-api/Cargo.toml", "xtask/Cargo.toml"].iter().all(|name| folder.join(name).is_file())
}
