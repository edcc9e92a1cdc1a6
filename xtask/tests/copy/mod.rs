//! Copies the workspace and the compiled xtask program to a temporary folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The parts of the workspace that `cargo xtask codegen` reads and writes.
pub(crate) const PARTS: [&str; 8] = [
    "Cargo.toml",
    "spec/overlay",
    "spec/published",
    "spec/schemas.yaml",
    "talkable-api/Cargo.toml",
    "talkable-api/src/generated",
    "tests/src/conform/table.rs",
    "xtask/Cargo.toml",
];

/// A lock that allows only one copy at a time. A process started by another test could inherit the open file of a program that is
/// being copied, and a program that is open for writing cannot be executed.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A temporary folder with a copy of the workspace, including the compiled program in `target/debug/`.
pub(crate) struct Copy(
    pub(crate) PathBuf,
    #[expect(dead_code, reason = "the guard is held only for its lock")] MutexGuard<'static, ()>,
);

impl Copy {
    pub(crate) fn new(name: &str) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = std::env::temp_dir().join(format!("talkable-relocated-{name}-{}", std::process::id()));
        for part in PARTS {
            copy(&original().join(part), &folder.join("tree").join(part));
        }
        copy(Path::new(env!("CARGO_BIN_EXE_xtask")), &folder.join("tree/target/debug/xtask"));
        Self(folder, turn)
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }

    /// Returns a command that runs the copied program in a folder.
    pub(crate) fn xtask(&self, arguments: &[&str], current: &Path) -> Command {
        let mut command = Command::new(self.tree().join("target/debug/xtask"));
        command.args(arguments).current_dir(current).env_remove("CARGO_MANIFEST_DIR");
        command
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn original() -> PathBuf {
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
