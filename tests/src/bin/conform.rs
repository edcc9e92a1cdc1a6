//! Checks that recorded payloads match the bindings. `cargo xtask conform` runs this program.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use talkable_tests::conform::arguments::{Arguments, USAGE};
use talkable_tests::conform::program;

fn main() -> ExitCode {
    let arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let arguments = match Arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(message) => return usage_error(&format!("{message}\n\n{USAGE}")),
    };
    if let Err(message) = program::check_operation(&arguments) {
        return usage_error(&message);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match program::run(&arguments, &mut out).and_then(|matches| out.flush().map(|()| matches)) {
        Ok(true) => ExitCode::SUCCESS,
        // An output error is not printed, because it can mean that a reader such as `head` closed the pipe.
        Ok(false) | Err(_) => ExitCode::FAILURE,
    }
}

fn usage_error(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::from(2)
}
