//! A large stack for recursive libraries.
//!
//! The nesting of schemas is limited, but `openapiv3`, progenitor and `syn` need up to 100 kB for each level in unoptimized builds, and a
//! thread has 2 MB by default. A stack overflow would end the process.

use std::panic::resume_unwind;
use std::thread;

/// The size of the stack in bytes: ten times the need of the deepest nesting. Unused pages take no memory.
const STACK: usize = 128 * 1024 * 1024;

/// Runs a function on a thread with a large stack, and passes its panics on.
///
/// # Panics
///
/// If the system can't start a thread.
pub(crate) fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let joined = thread.expect("the system can start a thread").join();
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
