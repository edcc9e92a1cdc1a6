//! Counts a program's instructions and allocations with callgrind.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use crate::terminal::Failure;
use crate::tools::output;

/// The functions that allocate memory.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// The counts of one run.
pub(super) struct Counts {
    pub(super) instructions: u64,
    pub(super) allocations: u64,
}

/// Runs a program under callgrind and returns the counts for the functions that match the `within` pattern, or for the whole
/// program if there is no pattern. Callgrind writes its profile to `folder`.
pub(super) fn count(
    program: &Path,
    arguments: &[&str],
    within: Option<&str>,
    folder: &Path,
) -> Result<Counts, Failure> {
    let file = folder.join(format!("callgrind.{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--compress-strings=no"]);
    valgrind.args(within.map(|functions| format!("--toggle-collect={functions}")));
    output(valgrind.arg(format!("--callgrind-out-file={}", file.display())).arg(program).args(arguments))?;
    let failed = |error: io::Error| Failure::io(&file.display().to_string(), "cannot be read", &error);
    let profile = fs::read_to_string(&file).map_err(failed)?;
    fs::remove_file(&file).map_err(failed)?;
    let instructions =
        profile.lines().find_map(|line| line.strip_prefix("summary: ")?.parse().ok()).unwrap_or_default();
    if instructions == 0 {
        return Err(Failure::new(format!("callgrind counted no instructions in `{}`", arguments.join(" "))));
    }
    Ok(Counts { instructions, allocations: allocations(&profile) })
}

/// Sums the calls to the allocators. In the profile, a line `cfn=…` names the called function, and the line `calls=…` after it
/// contains the number of calls.
fn allocations(profile: &str) -> u64 {
    let mut callee = "";
    let mut sum = 0;
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("cfn=") {
            callee = name;
        } else if let Some(calls) = line.strip_prefix("calls=").filter(|_| ALLOCATORS.contains(&callee)) {
            sum += calls.split(' ').next().and_then(|calls| calls.parse::<u64>().ok()).unwrap_or_default();
        }
    }
    sum
}
