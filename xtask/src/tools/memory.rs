//! Measures the memory usage of processes.

use std::fs;

/// The peak memory usage of this process in megabytes, or NaN if the system is not Linux.
pub(crate) fn peak_megabytes() -> f64 {
    peak_megabytes_of("self")
}

/// The peak memory usage of the process with this id in megabytes, or NaN if the system is not Linux.
pub(crate) fn peak_megabytes_of(process: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kilobytes.map_or(f64::NAN, |kilobytes: f64| kilobytes / 1024.0)
}
