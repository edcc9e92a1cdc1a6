//! `cargo xtask`: the commands of this workspace. Without an argument it lists them.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::ExitCode;

/// Whether errors are colored: on a terminal that can, unless the environment says otherwise.
fn colors() -> bool {
    let wanted =
        io::stderr().is_terminal() && anstyle_query::term_supports_color() && anstyle_query::clicolor() != Some(false);
    !anstyle_query::no_color() && (anstyle_query::clicolor_force() || wanted)
}

fn main() -> ExitCode {
    // The workspace is the folder around this crate, wherever the command was typed.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask/ is a folder of the workspace");
    let current = match std::env::current_dir() {
        Ok(current) => current,
        Err(error) => {
            eprintln!("error: the current folder cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    let arguments = std::env::args_os().skip(1);
    let place = xtask::Place { root, current: &current, colors: colors() };
    xtask::run(arguments, &place, &mut io::stdout(), &mut io::stderr()).into()
}
