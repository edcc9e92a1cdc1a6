//! `cargo xtask`: the commands of this workspace. Without an argument it lists them.

use std::io;
use std::path::Path;
use std::process::ExitCode;

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
    xtask::run(arguments, root, &current, &mut io::stdout(), &mut io::stderr()).into()
}
