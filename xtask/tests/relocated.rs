//! Tests that a copied program, such as one in a copied `target/`, does not write to the tree where it was built.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The parts of the tree that `cargo xtask codegen` reads and writes.
const PARTS: [&str; 8] = [
    "Cargo.toml",
    "spec/overlay",
    "spec/published",
    "spec/schemas.yaml",
    "talkable-api/Cargo.toml",
    "talkable-api/src/generated",
    "tests/src/conform/table.rs",
    "xtask/Cargo.toml",
];

const GENERATED: &str = "talkable-api/src/generated/mod.rs";

/// Allows one copy at a time. A process started by another test could inherit the open file of a program that is being copied, and
/// a program that is open for writing cannot be executed.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A temporary folder with a copy of the tree, which contains a copy of the program in `target/debug/`.
struct Copy(PathBuf, #[expect(dead_code, reason = "only its drop matters")] MutexGuard<'static, ()>);

impl Copy {
    fn new(name: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = std::env::temp_dir().join(format!("talkable-relocated-{name}-{}", std::process::id()));
        for part in PARTS {
            copy(&original().join(part), &folder.join("tree").join(part));
        }
        copy(Path::new(env!("CARGO_BIN_EXE_xtask")), &folder.join("tree/target/debug/xtask"));
        Self(folder, turn)
    }

    fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }

    fn xtask(&self, arguments: &[&str], current: &Path, manifest_dir: Option<&Path>) -> Output {
        let mut command = Command::new(self.tree().join("target/debug/xtask"));
        command.args(arguments).current_dir(current).env_remove("CARGO_MANIFEST_DIR");
        command.envs(manifest_dir.map(|folder| ("CARGO_MANIFEST_DIR", folder)));
        command.output().expect("the copied program starts")
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn original() -> PathBuf {
    let xtask = std::env::var_os("CARGO_MANIFEST_DIR").expect("CARGO_MANIFEST_DIR is set by cargo and nextest");
    Path::new(&xtask).parent().expect("xtask/ is a folder of the workspace").to_owned()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a file is in a folder")).expect("the temporary folder is writable");
    if from.is_dir() {
        for entry in fs::read_dir(from).expect("the tree is readable").flatten() {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    }
}

/// All files below a path, with their modification times.
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
        fs::remove_file(tree.join(GENERATED)).expect("codegen generates this file");
        let stale = copy.xtask(&["codegen", "--check"], &current, manifest_dir.as_deref());
        assert_eq!(stale.status.code(), Some(1), "the missing file was not reported");
        let output = copy.xtask(&["codegen"], &current, manifest_dir.as_deref());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(tree.join(GENERATED).is_file());
    }
    assert_eq!(PARTS.map(|part| state(&original().join(part))).to_vec(), before);
}

#[test]
fn fails_outside_a_workspace() {
    let copy = Copy::new("outside");
    let output = copy.xtask(&["codegen"], &copy.0, None);
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.starts_with("error: ") && message.contains("= help: run `cargo xtask` in a checkout"), "{message}");
}
