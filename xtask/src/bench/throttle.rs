//! What throttling is worth. The benchmark needs the crate, and this program must work without it, so it is only started here.

use std::process::Command;

use crate::failure::Failure;
use crate::session::Session;

pub(super) fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    session.out.flush()?;
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["bench", "--quiet", "--package", "talkable-tests", "--bench", "throttle", "--"])
        .args(parser.raw_args()?)
        .current_dir(session.root)
        .status()
        .map_err(|error| Failure::Failed(format!("cargo cannot be started: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        code => Err(Failure::Status(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}
