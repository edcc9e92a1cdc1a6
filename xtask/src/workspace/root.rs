//! Finds the root of the workspace.
//!
//! The search happens at run time. If the path were compiled in, a program in a copied or shared target directory would change the
//! checkout where it was built.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Finds the root of the workspace that contains `manifest_dir`, which is the value of `CARGO_MANIFEST_DIR`. If there is none,
/// finds the workspace that contains the current folder.
///
/// # Errors
///
/// Returns an error message that includes help if neither folder is in a workspace.
pub fn find_root(manifest_dir: Option<&OsStr>, current: &Path) -> Result<PathBuf, String> {
    let starts = manifest_dir.map(Path::new).into_iter().chain([current]);
    let root = starts.flat_map(Path::ancestors).find(|folder| is_workspace(folder));
    root.map(Path::to_owned).ok_or_else(|| {
        let current = current.display();
        format!("{current} is not inside a checkout of talkable-api\n  = help: run `cargo xtask` in a checkout")
    })
}

fn is_workspace(folder: &Path) -> bool {
    ["Cargo.toml", "talkable-api/Cargo.toml", "xtask/Cargo.toml"].iter().all(|name| folder.join(name).is_file())
}
