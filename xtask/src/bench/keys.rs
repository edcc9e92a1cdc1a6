//! Whether the time to compare the key of a webhook tells how much of it was right: callgrind counts the instructions.
//!
//! Each count is the difference between two runs that compare different numbers of keys, so that what a process does anyway
//! cancels out.

use std::process::Command;

use crate::failure::Failure;
use crate::session::Session;

const FEW: u64 = 1_000;
const MANY: u64 = 3_000;

pub(super) fn run(session: &mut Session<'_>) -> Result<(), Failure> {
    let program = program(session)?;
    let [first, last] = ["first", "last"].map(|which| {
        let few = instructions(session, &program, which, FEW)?;
        let many = instructions(session, &program, which, MANY)?;
        Ok::<u64, Failure>(many.saturating_sub(few))
    });
    let (first, last) = (first?, last?);
    let keys = MANY - FEW;
    writeln!(session.out, "instructions for {keys} keys that are wrong in their first byte  {first:>12}")?;
    writeln!(session.out, "instructions for {keys} keys that are wrong in their last byte   {last:>12}")?;
    if first == last {
        return Ok(());
    }
    Err(Failure::Failed(
        "how much of a key is right makes a difference\n  cure: compare it by `subtle` alone".to_owned(),
    ))
}

/// Builds the benchmark, and finds it.
fn program(session: &Session<'_>) -> Result<String, Failure> {
    let output = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["bench", "--package", "talkable-tests", "--bench", "webhooks", "--no-run", "--message-format", "json"])
        .current_dir(session.root)
        .output()?;
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built = messages.filter(|message| message.pointer("/target/name").is_some_and(|name| name == "webhooks"));
    let program = built.filter_map(|message| message.get("executable")?.as_str().map(str::to_owned)).next_back();
    program.ok_or_else(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        Failure::Failed(format!("the benchmark `webhooks` was not built\n{said}"))
    })
}

/// The instructions of one run.
fn instructions(session: &Session<'_>, program: &str, which: &str, count: u64) -> Result<u64, Failure> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--keys", which, &count.to_string()])
        .current_dir(session.root)
        .output()
        .map_err(|error| Failure::Failed(format!("valgrind cannot be started: {error}\n  cure: install it")))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected = said.lines().find_map(|line| line.split_once("Collected : "));
    collected
        .and_then(|(_, number)| number.trim().parse().ok())
        .ok_or_else(|| Failure::Failed(format!("callgrind counted nothing\n{said}")))
}
