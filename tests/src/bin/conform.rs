//! Checks whether recorded payloads fit the bindings. `cargo xtask conform` runs it.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use talkable_tests::conform::arguments::{Arguments, USAGE};
use talkable_tests::conform::program;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let arguments = match Arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(message) => return refuse(&format!("{message}\n\n{USAGE}")),
    };
    if let Err(message) = program::check_operation(&arguments) {
        return refuse(&message);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match program::run(&arguments, &mut out).and_then(|fit| out.flush().map(|()| fit)) {
        Ok(true) => ExitCode::SUCCESS,
        // The reader of the output can close it early, as `head` does.
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

fn refuse(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
