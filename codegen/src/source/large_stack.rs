//! Runs recursive libraries on a large stack.
//!
//! The nesting depth of schemas is limited, but `openapiv3`, progenitor and `syn` need up to 100 kB per level in unoptimized
//! builds, and a thread has 2 MB by default. A stack overflow would abort the process.

use std::panic::resume_unwind;
use std::thread;

/// The stack size in bytes: ten times as much as required for the deepest nesting. Unused pages take no memory.
const STACK: usize = 128 * 1024 * 1024;

/// Runs a function on a thread with a large stack, and propagates its panics.
///
/// # Panics
///
/// Panics if the system can't start a thread.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let joined = thread.expect("the system should be able to start a thread").join();
        joined.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_deep_recursion() {
        fn sum(level: u64) -> u64 {
            let frame = std::hint::black_box([level; 512]);
            if level == 0 { 0 } else { frame[0] + sum(level - 1) }
        }
        assert_eq!(on_large_stack(|| sum(10_000)), 50_005_000);
    }
}
