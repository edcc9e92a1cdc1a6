//! Counts instructions to check that the time for rejecting a webhook key does not depend on which byte is wrong.
//!
//! Each count is the difference between runs with few and with many keys, which cancels out the rest of the process.

use std::fs;
use std::path::PathBuf;

use super::callgrind;
use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{cargo, output};

const FEW: u64 = 1_000;
const MANY: u64 = 3_000;

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let program = program(context)?;
    let target = super::target(context);
    let failed = |error| Failure::io(&target.display().to_string(), "cannot be created", &error);
    fs::create_dir_all(&target).map_err(failed)?;
    let count = |which, keys: u64| callgrind::count(&program, &["--keys", which, &keys.to_string()], None, &target);
    let difference =
        |which| Ok::<u64, Failure>(count(which, MANY)?.instructions.saturating_sub(count(which, FEW)?.instructions));
    let (first, last) = (difference("first")?, difference("last")?);
    let keys = MANY - FEW;
    writeln!(context.out, "wrong first byte {first:>12} instructions for {keys} keys")?;
    writeln!(context.out, "wrong last byte  {last:>12} instructions for {keys} keys")?;
    if first == last {
        return Ok(());
    }
    Err(Failure::new("the time for comparing a key depends on which byte is wrong")
        .help("use only `subtle` for the comparison"))
}

/// Builds the benchmark and returns the path of its executable.
fn program(context: &Context<'_>) -> Result<PathBuf, Failure> {
    let mut build = cargo();
    build.args(["bench", "--package", "talkable-tests", "--bench", "webhooks", "--no-run", "--message-format", "json"]);
    let messages = output(build.current_dir(context.root))?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "webhooks"));
    let program = built.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next_back();
    program.ok_or_else(|| Failure::new("cargo did not build the benchmark `webhooks`"))
}
