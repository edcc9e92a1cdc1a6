//! Tests of how commands replace files: the write of a killed command is completed, and special files are rejected.

mod copy;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use copy::Copy;

type Contents = BTreeMap<PathBuf, Vec<u8>>;

const JOURNAL: &str = ".xtask/journal.json";

/// The number of times that each command is killed, each time after it has replaced more files.
const KILLS: usize = 3;

/// Returns the content of every file below a folder, except `target/`.
fn contents(folder: &Path) -> Contents {
    let mut contents = Contents::new();
    for entry in fs::read_dir(folder).expect("the tree is readable").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            contents.extend(self::contents(&path));
        } else if path.is_file() {
            contents.insert(path.clone(), fs::read(path).expect("the tree is readable"));
        }
    }
    contents
}

fn restore(tree: &Path, wanted: &Contents) {
    for path in contents(tree).keys().filter(|path| !wanted.contains_key(*path)) {
        fs::remove_file(path).expect("the tree is writable");
    }
    for (path, content) in wanted {
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the tree is writable");
        fs::write(path, content).expect("the tree is writable");
    }
}

/// Kills the command repeatedly, and checks that the next command produces the same tree as an uninterrupted run. Returns the
/// number of times that the next command had to complete the write.
fn kill_repeatedly(copy: &Copy, arguments: &[&str]) -> usize {
    let tree = copy.tree();
    let before = contents(&tree);
    let output = copy.xtask(arguments, &tree).output().expect("the copied program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let after = contents(&tree);
    let changed: Vec<_> = after.iter().filter(|(path, content)| before.get(*path) != Some(*content)).collect();
    let mut completed = 0;
    for (path, content) in changed.iter().step_by(changed.len().div_ceil(KILLS)) {
        restore(&tree, &before);
        let mut child = copy.xtask(arguments, &tree).spawn().expect("the copied program starts");
        let is_replaced = || fs::read(path).is_ok_and(|found| found == **content);
        while !is_replaced() && child.try_wait().expect("the program is our child").is_none() {
            if !tree.join(".xtask").exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        child.kill().expect("the program is our child");
        child.wait().expect("the program is our child");
        let was_interrupted = tree.join(JOURNAL).exists();
        // This command has no files of its own to replace, but completes an interrupted write.
        let next = copy.xtask(&["transcribe", "spec/published/v2.yaml"], &tree).output().expect("the program starts");
        let message = String::from_utf8_lossy(&next.stderr);
        assert!(next.status.success(), "{message}");
        assert_eq!(
            message.contains("note: completed the write of an interrupted command"),
            was_interrupted,
            "{message}"
        );
        assert!(contents(&tree) == after, "{arguments:?}, killed at {}", path.display());
        assert!(!tree.join(".xtask").exists());
        completed += usize::from(was_interrupted);
    }
    println!("{arguments:?}: completed {completed} of {} writes", changed.len().min(KILLS));
    completed
}

#[test]
fn the_next_command_completes_an_interrupted_write() {
    let copy = Copy::new("interrupted");
    let tree = copy.tree();
    let document = fs::read_to_string(tree.join("spec/published/v2.yaml")).expect("the document exists");
    fs::write(tree.join("v2.yaml"), document.replace("/api/v2/traffic_sources", "/api/v2/sources")).expect("writable");
    let mut completed = kill_repeatedly(&copy, &["update", "v2.yaml", "--untested"]);
    fs::write(tree.join("v2.yaml"), document).expect("the tree is writable");
    completed += kill_repeatedly(&copy, &["transcribe", "v2.yaml"]);
    for (path, content) in contents(&tree.join("talkable-api/src/generated")) {
        fs::write(path, [content, b"// stale\n".to_vec()].concat()).expect("the tree is writable");
    }
    completed += kill_repeatedly(&copy, &["codegen"]);
    assert!(completed > 0, "no command was killed while it replaced files");
}

#[cfg(unix)]
#[test]
fn special_files_are_rejected_before_anything_is_written() {
    let copy = Copy::new("special");
    let tree = copy.tree();
    let published = "spec/published/v2.yaml";
    fs::copy(tree.join(published), tree.join("v2.yaml")).expect("the tree is writable");
    let module = "talkable-api/src/generated/mod.rs";
    fs::write(tree.join("spec/talkable.yaml"), "stale: true\n").expect("the tree is writable");
    for (file, arguments) in [
        (published, &["transcribe", "v2.yaml"][..]),
        (published, &["update", "v2.yaml", "--untested"]),
        (module, &["codegen"]),
        (module, &["codegen", "--check"]),
    ] {
        let original = fs::read(tree.join(file)).expect("the file exists");
        fs::remove_file(tree.join(file)).expect("the tree is writable");
        let before = contents(&tree);
        let made = Command::new("mkfifo").arg(tree.join(file)).status().expect("mkfifo is installed");
        assert!(made.success());
        let output = copy.xtask(arguments, &tree).output().expect("the copied program starts");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.contains("error: a special file is in the way of a generated file\n"), "{message}");
        assert!(message.contains(&format!("--> {file}\n")) && message.contains("help: move or remove"), "{message}");
        assert!(contents(&tree) == before, "{arguments:?}");
        fs::remove_file(tree.join(file)).expect("the command did not remove the file");
        fs::write(tree.join(file), original).expect("the tree is writable");
    }
}
