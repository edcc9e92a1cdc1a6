//! Temporary copies of the workspace files used by the commands.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use crate::{EMPTY_OVERLAY, workspace};

const MANIFEST: &str = "talkable-api/Cargo.toml";

/// The generated table of request, response and payload types. It is used by the conformance tests.
pub(crate) const TABLE: &str = "tests/src/conform/table.rs";
/// The generated table of the commands of the command-line program.
const COMMANDS: &str = "cli/src/generated";

/// A temporary folder with `spec/` and the generated part of `talkable-api`. It is removed on drop.
///
/// The documents are copies from `fixtures/base/`, so that tests don't depend on the current contents of `spec/`.
pub(crate) struct Scratch {
    root: PathBuf,
}

/// The exit status and the output of a command.
#[derive(Debug)]
pub(crate) struct CommandOutput {
    pub(crate) status: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The content and modification time of every file.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

impl Scratch {
    pub(crate) fn new() -> Self {
        static BASE: LazyLock<PathBuf> = LazyLock::new(Scratch::base);
        let scratch = Self::empty();
        copy(&BASE, &scratch.root);
        scratch
    }

    /// Returns the folder from which every `Scratch` is copied. It is created by the first test process and reused by the other
    /// processes of the same build.
    fn base() -> PathBuf {
        let parts = [("tests/fixtures/base", "spec"), ("spec/README.md", "spec/README.md"), (MANIFEST, MANIFEST)];
        let mut hasher = DefaultHasher::new();
        let mut hash = |path: &Path| {
            let metadata = path.metadata().expect("the file was just listed");
            (path, metadata.len(), metadata.modified().ok()).hash(&mut hasher);
        };
        hash(&std::env::current_exe().expect("the test has an executable file"));
        for (from, _) in &parts {
            visit(&workspace().join(from), &mut hash);
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("base-{:016x}", hasher.finish()));
        if !folder.exists() {
            remove_old_bases();
            let scratch = Self::empty();
            for (from, to) in &parts {
                copy(&workspace().join(from), &scratch.path(to));
            }
            scratch.xtask(&["codegen"]).succeeded();
            // The rename fails if another process has already created the folder.
            let _ = fs::rename(&scratch.root, &folder);
        }
        folder
    }

    /// Creates a copy of the current workspace.
    pub(crate) fn current() -> Self {
        let scratch = Self::empty();
        for part in ["spec", "sandbox/spec", MANIFEST, "talkable-api/src/generated", TABLE, COMMANDS] {
            copy(&workspace().join(part), &scratch.path(part));
        }
        scratch
    }

    fn empty() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("scratch-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) }
    }

    /// Creates a copy with empty overlays, so that the output depends on the document alone.
    pub(crate) fn without_overlays() -> Self {
        let scratch = Self::new();
        for overlay in ["spec/overlay/v2.yaml", "spec/overlay/webhooks.yaml"] {
            scratch.write(overlay, EMPTY_OVERLAY);
        }
        scratch
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a parent")).expect("the scratch folder is writable");
        fs::write(path, content).expect("the scratch folder is writable");
    }

    /// Runs `cargo xtask` with these arguments in the root of the copy.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> CommandOutput {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut context =
            xtask::Context { root: &self.root, current: &self.root, out: &mut out, err: &mut err, colors: false };
        let status = xtask::run(arguments, &mut context);
        let text = |bytes| String::from_utf8(bytes).expect("commands print UTF-8");
        CommandOutput { status, out: text(out), err: text(err) }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new();
        visit(&self.root, &mut |path| {
            let name = path.strip_prefix(&self.root).expect("the file is below the root").to_owned();
            snapshot.insert(name, state(path));
        });
        snapshot
    }

    /// Returns the content and the modification time of a file.
    pub(crate) fn file(&self, name: &str) -> (Vec<u8>, SystemTime) {
        state(&self.path(name))
    }
}

impl CommandOutput {
    /// Asserts that the command succeeded, and returns its output.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// Asserts that the command failed with status 1, and returns its message.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.out, self.err);
        self.err
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that can't be removed does no harm, since it is below target/.
        let _ = fs::remove_dir_all(&self.root);
    }
}

/// Removes the base folders of earlier builds once they are an hour old.
fn remove_old_bases() {
    let is_old = |path: &Path| {
        let modified = path.metadata().and_then(|metadata| metadata.modified()).ok();
        let age = modified.and_then(|modified| modified.elapsed().ok());
        age.is_some_and(|age| age > Duration::from_secs(3600))
    };
    for entry in fs::read_dir(env!("CARGO_TARGET_TMPDIR")).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b"base-") && is_old(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn state(path: &Path) -> (Vec<u8>, SystemTime) {
    let changed = path.metadata().and_then(|metadata| metadata.modified()).expect("the file exists");
    (fs::read(path).expect("the file exists"), changed)
}

/// Returns the content of every file below a folder, by relative path.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::new();
    visit(folder, &mut |path| {
        let name = path.strip_prefix(folder).expect("the file is below the folder").to_owned();
        contents.insert(name, fs::read(path).expect("the file was just listed"));
    });
    contents
}

fn copy(from: &Path, to: &Path) {
    visit(from, &mut |path| {
        let inside = path.strip_prefix(from).expect("the file is below the folder");
        let target = if inside.as_os_str().is_empty() { to.to_owned() } else { to.join(inside) };
        fs::create_dir_all(target.parent().expect("a file has a parent")).expect("the scratch folder is writable");
        fs::copy(path, &target).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    });
}

fn visit(path: &Path, action: &mut dyn FnMut(&Path)) {
    if !path.is_dir() {
        return action(path);
    }
    for entry in fs::read_dir(path).expect("the folder exists").flatten() {
        visit(&entry.path(), action);
    }
}
