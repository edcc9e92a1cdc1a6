//! Counts instructions to check that the time for rejecting a webhook key does not depend on which byte is wrong.
//!
//! Each count is the difference between runs with few and with many keys, which cancels out the rest of the process.

use std::path::PathBuf;

use super::callgrind;
use crate::command::{Context, Failure, Result};
use crate::tools::{cargo, output};
use crate::workspace::create_folder;

const FEW: u64 = 1_000;
const MANY: u64 = 3_000;

pub(super) fn run(context: &mut Context<'_>) -> Result {
    let program = program(context)?;
    let target = super::target(context);
    create_folder(&target)?;
    let count = |which, keys: u64| {
        let counts = callgrind::count(&program, &["--keys", which, &keys.to_string()], None, &target);
        counts.map(|counts| counts.instructions)
    };
    let first = count("first", MANY)?.saturating_sub(count("first", FEW)?);
    let last = count("last", MANY)?.saturating_sub(count("last", FEW)?);
    let keys = MANY - FEW;
    writeln!(context.out, "wrong first byte {first:>12} instructions for {keys} keys")?;
    writeln!(context.out, "wrong last byte  {last:>12} instructions for {keys} keys")?;
    if first == last {
        return Ok(());
    }
    Err(Failure::new("the time for comparing a key depends on which byte is wrong")
        .help("compare keys only with the `subtle` crate"))
}

/// Builds the benchmark and returns the path of its executable.
fn program(context: &Context<'_>) -> Result<PathBuf> {
    let mut build = cargo();
    build.args(["bench", "--package", "talkable-tests", "--bench", "webhooks", "--no-run", "--message-format", "json"]);
    let messages = output(build.current_dir(context.root))?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "webhooks"));
    let program = built.filter_map(|message| message.get("executable")?.as_str().map(PathBuf::from)).next_back();
    program.ok_or_else(|| Failure::new("cargo did not build the `webhooks` benchmark"))
}
