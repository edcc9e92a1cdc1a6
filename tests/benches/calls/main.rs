//! What a call costs, beside a client written by hand and one that progenitor wrote.
//!
//! `cargo bench -p talkable-tests --bench calls` is `cargo xtask bench calls`, which builds [`program`] once more beside
//! progenitor's client and runs it under callgrind. Cargo's tests run the program here, where it checks that what is
//! compared does the same.

mod program;

use std::io;
use std::path::Path;
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is a folder of the workspace");
    xtask::run(["bench", "calls"], &Place { root, current: root, colors: false }, &mut io::stdout(), &mut io::stderr())
        .into()
}
