//! `cargo xtask conform`: does a recorded response or webhook fit the bindings?
//!
//! The program that answers needs the generated crate, and this one must work without it. So it is only started here.

use std::process::Command as Process;

use lexopt::Arg;

use crate::failure::Failure;
use crate::session::Session;
use crate::{Command, explain};

pub(crate) const COMMAND: Command = Command {
    name: "conform",
    usage: "cargo xtask conform OPERATION FILE… [--request]",
    about: "Tells for each FILE whether the recorded response of OPERATION fits the bindings, and what they would lose.\n\
            OPERATION may be a webhook, such as reward; its FILE is a form, a JSON delivery, or the payload alone.\n\
            --request  the files are request bodies",
    run,
};

fn run(parser: &mut lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let (mut values, mut request) = (Vec::new(), false);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("request") => request = true,
            Arg::Short('h') | Arg::Long("help") => return explain(&COMMAND, session),
            Arg::Value(value) => values.push(value),
            other => return Err(other.unexpected().into()),
        }
    }
    if values.len() < 2 {
        return Err(Failure::Usage("an operation and at least one file are needed".to_owned()));
    }
    session.out.flush()?;
    let status = Process::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["run", "--quiet", "--package", "talkable-tests", "--bin", "conform", "--manifest-path"])
        .arg(session.root.join("Cargo.toml"))
        .arg("--")
        .args(values)
        .args(request.then_some("--request"))
        .current_dir(session.current)
        .status()
        .map_err(|error| Failure::Failed(format!("cargo cannot be started: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        // A status that no exit status can carry is one of a signal, and a failure all the same.
        code => Err(Failure::Status(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))),
    }
}
