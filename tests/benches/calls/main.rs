//! What a call costs, beside a client written by hand and one that progenitor wrote.
//!
//! `cargo bench -p talkable-tests --bench calls` is `cargo xtask bench calls`, which builds [`program`] once more beside
//! progenitor's client and runs it under callgrind. Cargo's tests run the program here, where it checks that what is
//! compared does the same.

mod program;

use std::io;
use std::process::ExitCode;

use xtask::Place;

fn main() -> ExitCode {
    if !std::env::args().any(|argument| argument == "--bench") {
        return match program::main() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let root = talkable_tests::workspace();
    let place = Place { root: &root, current: &root, colors: false };
    xtask::run(["bench", "calls"], &place, &mut io::stdout(), &mut io::stderr()).into()
}
