//! Room for libraries that call themselves for each schema in a schema.
//!
//! How deeply schemas stand in each other is limited, but without optimization `openapiv3`, progenitor and `syn` need up to a
//! hundred kilobytes for each level, and a thread has two megabytes unless it is told otherwise. An overflow ends the whole
//! process, so it must not come to that.

use std::panic::resume_unwind;
use std::thread;

/// Enough for ten times the levels that there may be, in bytes. What isn't used takes no memory.
const STACK: usize = 128 * 1024 * 1024;

/// Runs something where it has room. If it panics, so does this.
///
/// # Panics
///
/// If the system has no thread to give.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let working = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let joined = working.expect("the system gives a thread").join();
        joined.unwrap_or_else(|panic| resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room() {
        fn sum(level: u64) -> u64 {
            let frame = std::hint::black_box([level; 512]);
            if level == 0 { 0 } else { frame[0] + sum(level - 1) }
        }
        assert_eq!(on_large_stack(|| sum(10_000)), 50_005_000);
    }
}
