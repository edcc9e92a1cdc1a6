//! `cargo xtask`: runs a command of the workspace, or lists the commands if no argument is given.

use std::env;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

/// Whether errors are colored. By default, they are colored on a terminal that supports colors. Environment variables override the
/// default.
fn colors() -> bool {
    let wanted =
        io::stderr().is_terminal() && anstyle_query::term_supports_color() && anstyle_query::clicolor() != Some(false);
    !anstyle_query::no_color() && (anstyle_query::clicolor_force() || wanted)
}

fn main() -> ExitCode {
    let current = env::current_dir().map_err(|error| format!("the current folder cannot be read: {error}"));
    let found = current.and_then(|current| {
        let root = xtask::find_root(env::var_os("CARGO_MANIFEST_DIR").as_deref(), &current)?;
        Ok((root, current))
    });
    let (root, current) = match found {
        Ok(found) => found,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let (out, err) = (&mut io::stdout(), &mut io::stderr());
    let mut context = xtask::Context { root: &root, current: &current, out, err, colors: colors() };
    xtask::run(env::args_os().skip(1), &mut context).into()
}
