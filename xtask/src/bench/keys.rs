//! Whether the time to reject a webhook key depends on how much of it is right: callgrind counts the instructions.
//!
//! Each count is the difference between two runs with different numbers of keys, which cancels out the rest of the process.

use std::process::Command;

use crate::context::Context;
use crate::terminal::Failure;
use crate::tools::{cargo, output};

const FEW: u64 = 1_000;
const MANY: u64 = 3_000;

pub(super) fn run(context: &mut Context<'_>) -> Result<(), Failure> {
    let program = program(context)?;
    let [first, last] = ["first", "last"].map(|which| {
        let few = instructions(context, &program, which, FEW)?;
        let many = instructions(context, &program, which, MANY)?;
        Ok::<u64, Failure>(many.saturating_sub(few))
    });
    let (first, last) = (first?, last?);
    let keys = MANY - FEW;
    writeln!(context.out, "instructions for {keys} keys that are wrong in their first byte  {first:>12}")?;
    writeln!(context.out, "instructions for {keys} keys that are wrong in their last byte   {last:>12}")?;
    if first == last {
        return Ok(());
    }
    Err(Failure::new("the time to compare a key depends on how much of it is right")
        .help("compare it with `subtle` alone"))
}

/// Builds the benchmark and returns its path.
fn program(context: &Context<'_>) -> Result<String, Failure> {
    let mut build = cargo();
    build.args(["bench", "--package", "talkable-tests", "--bench", "webhooks", "--no-run", "--message-format", "json"]);
    let messages = output(build.current_dir(context.root))?;
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "webhooks"));
    let program = built.filter_map(|message| message.get("executable")?.as_str().map(str::to_owned)).next_back();
    program.ok_or_else(|| Failure::new("cargo did not build the benchmark `webhooks`"))
}

/// The instructions of one run.
fn instructions(context: &Context<'_>, program: &str, which: &str, count: u64) -> Result<u64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--keys", which, &count.to_string()])
        .current_dir(context.root)
        .output()
        .map_err(|error| Failure::new(format!("valgrind cannot be started: {error}")).help("install valgrind"))?;
    let printed = String::from_utf8_lossy(&output.stderr);
    let collected = printed.lines().find_map(|line| line.split_once("Collected : "));
    collected
        .and_then(|(_, number)| number.trim().parse().ok())
        .ok_or_else(|| Failure::new(format!("callgrind counted nothing\n{printed}")))
}
