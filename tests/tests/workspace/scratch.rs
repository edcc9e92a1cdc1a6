//! A copy of what the commands read and write, so that a test may spoil it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;

/// The workspace that the tests belong to.
pub(crate) fn workspace() -> &'static Path {
    static WORKSPACE: LazyLock<PathBuf> = LazyLock::new(talkable_tests::workspace);
    &WORKSPACE
}

/// An overlay that says nothing.
pub(crate) const NOTHING_KNOWN: &str = "overlay: 1.0.0\ninfo: {title: Nothing, version: 1.0.0}\nactions: []\n";

/// A folder with `spec/` and the generated part of `talkable-api`; it goes when the test ends.
///
/// Its documents are those of `fixtures/base/`, so that a test doesn't depend on what is in `spec/` now.
pub(crate) struct Scratch {
    root: PathBuf,
}

/// What a command did: its exit status, and what it printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Content and time of change of every file.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Vec<u8>, SystemTime)>;

impl Scratch {
    pub(crate) fn new() -> Self {
        static BASE: OnceLock<Scratch> = OnceLock::new();
        let base = BASE.get_or_init(|| {
            let scratch = Self::empty();
            copy(&workspace().join("tests/fixtures/base"), &scratch.path("spec"));
            for part in ["spec/README.md", "talkable-api/Cargo.toml"] {
                copy(&workspace().join(part), &scratch.path(part));
            }
            scratch.xtask(&["codegen"]).succeeded();
            scratch
        });
        let scratch = Self::empty();
        copy(&base.root, &scratch.root);
        scratch
    }

    /// The workspace as it is.
    pub(crate) fn current() -> Self {
        let scratch = Self::empty();
        for part in ["spec", "talkable-api/Cargo.toml", "talkable-api/src/generated"] {
            copy(&workspace().join(part), &scratch.path(part));
        }
        scratch
    }

    fn empty() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("scratch-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self { root: Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) }
    }

    /// The copy, with overlays that say nothing: what it does then depends on a document alone.
    pub(crate) fn without_overlays() -> Self {
        let scratch = Self::new();
        for overlay in ["spec/overlay/v2.yaml", "spec/overlay/webhooks.yaml"] {
            scratch.write(overlay, NOTHING_KNOWN);
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
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the scratch folder is ours");
        fs::write(path, content).expect("the scratch folder is ours");
    }

    /// Runs a command line of `cargo xtask`, as if it were typed in the copy's root.
    pub(crate) fn xtask(&self, arguments: &[&str]) -> Ran {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let place = xtask::Place { root: &self.root, current: &self.root, colors: false };
        let status = xtask::run(arguments, &place, &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).expect("commands print UTF-8");
        Ran { status, out: text(out), err: text(err) }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::new();
        visit(&self.root, &mut |path| {
            let name = path.strip_prefix(&self.root).expect("the file lies below the root").to_owned();
            snapshot.insert(name, state(path));
        });
        snapshot
    }

    /// What a snapshot has of one file.
    pub(crate) fn file(&self, name: &str) -> (Vec<u8>, SystemTime) {
        state(&self.path(name))
    }
}

impl Ran {
    /// The output of a command that had to succeed.
    #[track_caller]
    pub(crate) fn succeeded(self) -> String {
        assert_eq!(self.status, 0, "{}{}", self.out, self.err);
        self.out
    }

    /// The message of a command that had to fail.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.status, 1, "{}{}", self.out, self.err);
        self.err
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What can't be removed lies below target/, and goes with it.
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn state(path: &Path) -> (Vec<u8>, SystemTime) {
    let changed = path.metadata().and_then(|metadata| metadata.modified()).expect("the file is there");
    (fs::read(path).expect("the file is there"), changed)
}

/// The content of every file below a folder, by its path in it.
pub(crate) fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = BTreeMap::new();
    visit(folder, &mut |path| {
        let name = path.strip_prefix(folder).expect("the file lies below the folder").to_owned();
        contents.insert(name, fs::read(path).expect("the file was just listed"));
    });
    contents
}

fn copy(from: &Path, to: &Path) {
    visit(from, &mut |path| {
        let inside = path.strip_prefix(from).expect("the file lies below the folder");
        let target = if inside.as_os_str().is_empty() { to.to_owned() } else { to.join(inside) };
        fs::create_dir_all(target.parent().expect("a file lies in a folder")).expect("the scratch folder is ours");
        fs::copy(path, &target).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    });
}

fn visit(path: &Path, see: &mut dyn FnMut(&Path)) {
    if !path.is_dir() {
        return see(path);
    }
    for entry in fs::read_dir(path).expect("the folder is there").flatten() {
        visit(&entry.path(), see);
    }
}
