//! The Talkable API from a terminal.
//!
//! [`run`] is the whole program. A [`Session`] contains its environment and its streams, so that tests can run it in their own
//! process.

mod commands;
mod failure;
#[rustfmt::skip]
mod generated;
mod import;
mod input;
mod operation;
mod output;
mod profile;
mod request;
mod session;
mod text;
mod tree;

use std::ffi::OsString;

use clap::ArgMatches;
use clap::error::ErrorKind;

use self::failure::{Exit, Failure, Result};
pub use self::session::Session;

/// Returns the tree of commands. The parts of a command are built when it is used; [`clap::Command::build`] builds all of them.
pub fn command() -> clap::Command {
    tree::root()
}

/// Runs the program, and returns the exit code. The first argument is the name of the program.
pub fn run(arguments: impl IntoIterator<Item = OsString>, session: &mut Session<'_>) -> u8 {
    let tree = tree::root().term_width(session.help_width());
    let result = match tree.try_get_matches_from(arguments) {
        Ok(matches) => dispatch(&matches, session),
        Err(error) => return print_usage(&error, session),
    };
    let flushed = session.output.flush().map_err(Failure::from);
    match result.and_then(|exit| flushed.map(|()| exit)) {
        Ok(exit) => exit as u8,
        Err(failure) => {
            let text = failure.render(session.colors_errors());
            // If standard error is closed, only the exit code reports the failure.
            let _ = session.errors.write_all(text.as_bytes());
            failure.exit as u8
        }
    }
}

fn dispatch(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let Some((name, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    let Some(resource) = operation::resource(name) else {
        return commands::run(None, name, matches, tree::root, session);
    };
    let Some((name, matches)) = matches.subcommand() else { return Ok(Exit::Usage) };
    match resource.operation(name) {
        Some(operation) => commands::operation::run(operation, matches, session),
        None => commands::run(Some(resource.name), name, matches, tree::root, session),
    }
}

/// Prints help, the version or an error about the arguments.
fn print_usage(error: &clap::Error, session: &mut Session<'_>) -> u8 {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let is_colored = if is_help { session.colors_output() } else { session.colors_errors() };
    let text = error.render();
    let text = if is_colored { text.ansi().to_string() } else { text.to_string() };
    let stream = if is_help { &mut *session.output } else { &mut *session.errors };
    // A closed pipe is not an error.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
    if is_help { Exit::Success as u8 } else { Exit::Usage as u8 }
}
