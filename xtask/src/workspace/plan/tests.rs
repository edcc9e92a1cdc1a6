//! Tests of plans and of interrupted writes.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::tree::{Entry, JOURNAL_FOLDER};
use super::*;

/// An empty folder for one test, which is removed on drop.
struct Folder(File);

impl Folder {
    fn new(number: &str) -> Self {
        let name = format!("talkable-tree-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(&name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(File { path, name })
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Returns the path and the content of every file except the journal.
    fn files(&self) -> Vec<(String, String)> {
        let prefix = format!("{}/", self.0.name);
        let files = self.0.files_below().unwrap();
        files.iter().map(|file| (file.name.replace(&prefix, ""), file.read_text().unwrap())).collect()
    }

    /// Creates a plan that rewrites `a`, creates `b/c` and `d`, and removes `old/e`.
    fn plan(&self) -> Plan {
        let mut plan = Plan::new(self.0.clone());
        for path in ["a", "b/c", "d"] {
            plan.put(self.0.join(path), format!("new {path}")).unwrap();
        }
        plan.remove_leftovers(&self.0).unwrap();
        plan
    }

    fn refused(&self, plan: Plan) -> String {
        let tree = Tree::lock(self.0.clone()).unwrap();
        plan.apply(&tree).unwrap_err().render(false)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0.path);
    }
}

fn entries(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

/// Creates a folder with the files `a` and `old/e`.
fn before() -> Folder {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let folder = Folder::new(&NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    folder.write("a", "old a");
    folder.write("old/e", HEADER);
    folder
}

fn after() -> Vec<(String, String)> {
    entries(&[("a", "new a"), ("b/c", "new b/c"), ("d", "new d")])
}

#[test]
fn writes_and_removes_files_without_leftovers() {
    let folder = before();
    let tree = Tree::lock(folder.0.clone()).unwrap();
    folder.plan().apply(&tree).unwrap();
    assert_eq!(folder.files(), after());
    assert!(!folder.0.path.join("old").exists() && !folder.0.path.join(JOURNAL_FOLDER).exists());
}

#[test]
fn completes_a_write_that_was_interrupted_after_any_file() {
    let new: Vec<Entry> = [("a", Some("new a")), ("b/c", Some("new b/c")), ("d", Some("new d")), ("old/e", None)]
        .map(|(path, text)| (path.to_owned(), text.map(str::to_owned)))
        .into();
    for done in 0..=new.len() {
        let folder = before();
        let tree = Tree::lock(folder.0.clone()).unwrap();
        tree.save(&new).unwrap();
        tree.replay(&new[..done]).unwrap();
        // The command was killed while it wrote the next file.
        folder.write(&format!("{JOURNAL_FOLDER}/new"), "hal");
        drop(tree);
        let tree = Tree::lock(folder.0.clone()).unwrap();
        assert_eq!((folder.files(), tree.completed), (after(), new.len()), "{done}");
        assert!(!folder.0.path.join("old").exists() && !folder.0.path.join(JOURNAL_FOLDER).exists(), "{done}");
    }
}

#[test]
fn discards_an_incomplete_journal() {
    let folder = before();
    let expected = folder.files();
    folder.write(&format!("{JOURNAL_FOLDER}/new"), "[[\"a\",\"ne");
    assert_eq!(Tree::lock(folder.0.clone()).unwrap().completed, 0);
    assert_eq!(folder.files(), expected);
    assert!(!folder.0.path.join(JOURNAL_FOLDER).exists());
}

#[test]
fn rejects_an_invalid_journal() {
    let folder = before();
    folder.write(&format!("{JOURNAL_FOLDER}/journal.json"), "{}");
    let message = Tree::lock(folder.0.clone()).unwrap_err().render(false);
    assert!(message.contains("journal.json\n") && message.contains("help: remove the folder"), "{message}");
}

#[test]
fn restores_replaced_files_when_a_later_one_fails() {
    let folder = before();
    let expected = folder.files();
    let tree = Tree::lock(folder.0.clone()).unwrap();
    fs::create_dir(folder.0.path.join("d")).unwrap();
    let new = ["a", "b/c", "d"].map(|path| (path.to_owned(), Some("new".to_owned())));
    let old = [("a", Some(b"old a".to_vec())), ("b/c", None), ("d", None)].map(|(path, old)| (path.to_owned(), old));
    let message = tree.replace(&new, &old).unwrap_err().render(false);
    assert!(message.contains("/d: cannot be replaced"), "{message}");
    assert_eq!(folder.files(), expected);
    assert!(!folder.0.path.join("b").exists() && !folder.0.path.join(JOURNAL_FOLDER).exists());
}

#[test]
fn locks_the_folder() {
    let folder = before();
    let tree = Tree::lock(folder.0.clone()).unwrap();
    let message = Tree::lock(folder.0.clone()).unwrap_err().render(false);
    assert!(
        message.starts_with("error: another command is writing to ") && message.contains("help: wait"),
        "{message}"
    );
    drop(tree);
    Tree::lock(folder.0.clone()).unwrap();
}

#[test]
fn rejects_a_folder_or_file_that_is_in_the_way() {
    // The folder or file is created after planning.
    let folder = before();
    let plan = folder.plan();
    folder.write("d/file", "");
    let message = folder.refused(plan);
    assert!(message.starts_with("error: a folder is in the way of a generated file\n"), "{message}");
    assert!(message.contains("/d\n") && message.contains("help: move or remove "), "{message}");

    let folder = before();
    let plan = folder.plan();
    folder.write("b", "in the way");
    let message = folder.refused(plan);
    assert!(message.starts_with("error: a file is in the way") && message.contains("/b/c\n"), "{message}");
    assert_eq!(folder.files(), entries(&[("a", "old a"), ("b", "in the way"), ("old/e", HEADER)]));
}

#[cfg(unix)]
#[test]
fn rejects_symbolic_links_and_special_files() {
    let elsewhere = before();
    let folder = before();
    let plan = |path: &str| Plan::new(folder.0.clone()).put(folder.0.join(path), String::new());
    std::os::unix::fs::symlink(elsewhere.0.path.join("a"), folder.0.path.join("link")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.0.path.join("dangling")).unwrap();
    std::os::unix::fs::symlink(elsewhere.0.path.join("old"), folder.0.path.join("folder")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.0.path.join("fifo")).status().unwrap().success());
    for (path, what) in [
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
        ("folder/e", "a symbolic link"),
        ("fifo", "a special file"),
    ] {
        let message = plan(path).unwrap_err().render(false);
        assert!(message.starts_with(&format!("error: {what} is in the way of a generated file\n")), "{message}");
        let place = path.trim_end_matches("/e");
        assert!(message.contains(&format!("/{place}\n")) && message.contains("help: move or remove "), "{message}");
    }
    // The search for leftovers neither reads nor removes symbolic links and special files.
    let mut plan = Plan::new(folder.0.clone());
    plan.remove_leftovers(&folder.0).unwrap();
    assert_eq!(plan.files().map(|(file, _)| file.name.rsplit_once('/').unwrap().1).collect::<Vec<_>>(), ["e"]);
}

#[test]
fn rejects_a_path_outside_the_folder() {
    let folder = before();
    for path in ["../a", "/a", "", "a/../../b"] {
        assert!(Plan::new(folder.0.clone()).put(folder.0.join(path), String::new()).is_err(), "{path}");
    }
}
