//! Runs all cases in a folder in parallel.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

use crate::workspace;

/// Returns the folders of all cases in a suite, in order.
pub(crate) fn cases(suite: &str) -> Vec<PathBuf> {
    let folder = workspace().join("tests/fixtures").join(suite);
    let entries = fs::read_dir(folder).expect("the folder exists").flatten().map(|entry| entry.path());
    let mut cases: Vec<_> = entries.filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

/// Checks every case and returns the failures. Each thread creates one runner and uses it for all of its cases.
pub(crate) fn failures<T>(
    cases: &[PathBuf],
    runner: impl Fn() -> T + Sync,
    check: impl Fn(&T, &Path) -> Result<(), String> + Sync,
) -> Vec<String> {
    let (waiting, failures) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().expect("no check panics while holding the lock").next();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let runner = runner();
                while let Some(case) = next() {
                    if let Err(reason) = check(&runner, case) {
                        let name = case.file_name().unwrap_or_default().display().to_string();
                        failures
                            .lock()
                            .expect("no check panics while holding the lock")
                            .push(format!("{name}: {reason}"));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no check panics while holding the lock");
    failures.sort();
    failures
}
