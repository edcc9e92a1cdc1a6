//! Counts a program's instructions and allocations with callgrind.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command::{Failure, Result};
use crate::tools::output;

/// The functions that allocate memory.
const ALLOCATORS: [&str; 5] = ["malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc"];

/// The numbers of instructions and allocations in one run.
pub(super) struct Counts {
    pub(super) instructions: u64,
    pub(super) allocations: u64,
}

/// Runs a program under callgrind and returns the counts for the functions that match the `within` pattern, or for the whole
/// program if there is no pattern. Callgrind writes its profile to `folder`.
pub(super) fn count(program: &Path, arguments: &[&str], within: Option<&str>, folder: &Path) -> Result<Counts> {
    let file = folder.join(format!("callgrind.{}", std::process::id()));
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--tool=callgrind", "--compress-strings=no"]);
    valgrind.args(within.map(|functions| format!("--toggle-collect={functions}")));
    output(valgrind.arg(format!("--callgrind-out-file={}", file.display())).arg(program).args(arguments))?;
    let profile = fs::read_to_string(&file).map_err(Failure::io(file.display(), "cannot be read"))?;
    fs::remove_file(&file).map_err(Failure::io(file.display(), "cannot be removed"))?;
    let summary = profile.lines().find_map(|line| line.strip_prefix("summary: ")?.parse().ok());
    let instructions = summary
        .filter(|count| *count > 0)
        .ok_or_else(|| Failure::new(format!("callgrind counted no instructions in `{}`", arguments.join(" "))))?;
    Ok(Counts { instructions, allocations: allocations(&profile) })
}

/// Sums the calls to the allocators. In the profile, a line `cfn=…` names the called function, and the line `calls=…` after it
/// contains the number of calls.
fn allocations(profile: &str) -> u64 {
    let pairs = profile.lines().zip(profile.lines().skip(1));
    let calls = pairs.filter_map(|(callee, calls)| {
        let is_allocator = ALLOCATORS.contains(&callee.strip_prefix("cfn=")?);
        is_allocator.then(|| calls.strip_prefix("calls=")?.split(' ').next()?.parse::<u64>().ok())?
    });
    calls.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_the_calls_to_allocators() {
        let profile =
            "fn=main\n1 2\ncfi=a.c\ncfn=malloc\ncalls=3 1\n1 9\ncfn=free\ncalls=3 1\n1 9\ncfn=calloc\ncalls=4 +2\n";
        assert_eq!(allocations(profile), 7);
    }
}
