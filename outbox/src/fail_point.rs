//! Points at which tests kill or stop the process.

/// Sends the signal `$0` to the process `$1`. After a SIGSTOP, the threads run until the kernel has stopped all of them,
/// so this waits until the process is stopped, or for a second.
#[cfg(feature = "fail-points")]
const SIGNAL: &str = r#"
kill "-$0" "$1"
tries=0
until grep -q ') T ' "/proc/$1/stat" 2>/dev/null || [ $tries = 100 ]; do sleep 0.01; tries=$((tries + 1)); done
"#;

/// Kills or stops the process if the environment variable `TALKABLE_OUTBOX_FAIL_POINT` is `NAME:SIGNAL:COUNT` and the
/// point `NAME` is reached for the `COUNT`th time. Does nothing without the feature `fail-points`.
#[cfg(feature = "fail-points")]
pub(crate) fn fail_point(name: &str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static REACHED: AtomicU32 = AtomicU32::new(0);
    let Ok(setting) = std::env::var("TALKABLE_OUTBOX_FAIL_POINT") else { return };
    let mut parts = setting.split(':');
    if parts.next() != Some(name) {
        return;
    }
    let (signal, count) =
        (parts.next().unwrap_or("KILL"), parts.next().and_then(|count| count.parse().ok()).unwrap_or(1));
    if REACHED.fetch_add(1, Ordering::SeqCst) + 1 == count {
        let pid = std::process::id().to_string();
        let _ = std::process::Command::new("sh").args(["-c", SIGNAL, signal, &pid]).status();
    }
}

#[cfg(not(feature = "fail-points"))]
pub(crate) fn fail_point(_: &str) {}
