//! Tests that a copied program, such as one in a copied `target/`, does not write to the workspace in which it was built.

mod copy;

use std::fs;
use std::path::{Path, PathBuf};

use copy::{Copy, PARTS, original};

const GENERATED: &str = "talkable-api/src/generated/mod.rs";

/// Returns all files below a path, with their modification times.
fn state(path: &Path) -> Vec<(PathBuf, std::time::SystemTime)> {
    if path.is_dir() {
        let entries = fs::read_dir(path).expect("the tree is readable").flatten();
        let mut files: Vec<_> = entries.flat_map(|entry| state(&entry.path())).collect();
        files.sort();
        return files;
    }
    let modified = path.metadata().and_then(|metadata| metadata.modified()).expect("the file exists");
    vec![(path.to_owned(), modified)]
}

#[test]
fn a_copied_program_writes_to_the_copied_tree() {
    let before: Vec<_> = PARTS.map(|part| state(&original().join(part))).into();
    let copy = Copy::new("write");
    let (tree, elsewhere) = (copy.tree(), copy.0.clone());
    // The first run finds the root from the current folder. The second run finds it from `CARGO_MANIFEST_DIR`, because its
    // current folder is outside the tree.
    for (current, manifest_dir) in [(tree.join("spec"), None), (elsewhere, Some(tree.join("xtask")))] {
        let xtask = |arguments: &[&str]| {
            let mut command = copy.xtask(arguments, &current);
            command.envs(manifest_dir.as_ref().map(|folder| ("CARGO_MANIFEST_DIR", folder)));
            command.output().expect("the copied program starts")
        };
        fs::remove_file(tree.join(GENERATED)).expect("codegen generates this file");
        let stale = xtask(&["codegen", "--check"]);
        assert_eq!(stale.status.code(), Some(1), "the missing file was not reported");
        let output = xtask(&["codegen"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(tree.join(GENERATED).is_file());
    }
    assert_eq!(PARTS.map(|part| state(&original().join(part))).to_vec(), before);
}

#[test]
fn fails_outside_a_workspace() {
    let copy = Copy::new("outside");
    let output = copy.xtask(&["codegen"], &copy.0).output().expect("the copied program starts");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.starts_with("error: ") && message.contains("= help: run `cargo xtask` in a checkout"), "{message}");
}
