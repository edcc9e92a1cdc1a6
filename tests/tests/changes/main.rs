//! Changed documents: what becomes of the bindings, and what `cargo xtask diff` says of it.
//!
//! A case is a folder in `fixtures/changes/`. `change.yaml` is an OpenAPI Overlay that turns the base into the changed document; the
//! base is `small.yaml` beside the folders, read without overlays, or one of those in `fixtures/base/` (`v2`, `webhooks`), read with
//! its overlay. `case.toml` was written before the first run: it holds the version step and the changes of each class, or that the
//! document is refused. `expected.txt` holds the wording, and `UPDATE_EXPECTED=1` writes what is said now; read it before you commit
//! it. `CASE=name` looks at that case only.

mod case;
mod command;
#[path = "../workspace/scratch.rs"]
#[allow(dead_code, reason = "the other suite uses the rest")]
mod scratch;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use case::Case;
use scratch::workspace;

/// The folders of all cases.
fn cases() -> Vec<PathBuf> {
    let folder = workspace().join("tests/fixtures/changes");
    let entries = fs::read_dir(folder).expect("there are cases").flatten().map(|entry| entry.path());
    let mut cases: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// Runs a check on every case, several at a time, and gathers what went wrong.
fn failures(cases: &[PathBuf], check: impl Fn(&Path) -> Result<(), String> + Sync) -> Vec<String> {
    let waiting = Mutex::new(cases.iter());
    let failures = Mutex::new(Vec::new());
    let next = || waiting.lock().expect("no check panics with the lock").next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(case) = next() {
                    if let Err(reason) = check(case) {
                        let name = case.file_name().unwrap_or_default().display().to_string();
                        let mut failures = failures.lock().expect("no check panics with the lock");
                        failures.push(format!("{name}: {reason}"));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no check panics with the lock");
    failures.sort();
    failures
}

#[test]
fn every_change_means_what_was_foreseen() {
    let mut cases = cases();
    assert!(cases.len() >= 25, "{} cases", cases.len());
    if let Ok(wanted) = std::env::var("CASE") {
        cases.retain(|case| case.ends_with(&wanted));
        assert!(!cases.is_empty(), "there is no case `{wanted}`");
    }
    let failures = failures(&cases, |folder| Case::read(folder)?.check());
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}
