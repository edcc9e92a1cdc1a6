//! The `talkable` program.

use std::process::ExitCode;

use talkable_cli::{Session, run};

fn main() -> ExitCode {
    Session::of_process(|session| ExitCode::from(run(std::env::args_os(), session)))
}
