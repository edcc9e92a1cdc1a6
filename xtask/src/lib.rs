//! The commands of the workspace. This is the only crate that writes files.
//!
//! The crate is a library so that tests can run commands on a copy of the workspace:
//!
//! ```
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let root = "/workspace".as_ref();
//! let mut context = xtask::Context { root, current: root, out: &mut out, err: &mut err, colors: false };
//! let status = xtask::run(["help"], &mut context);
//! assert_eq!(status, 0);
//! assert!(String::from_utf8_lossy(&out).contains("cargo xtask codegen"));
//! ```

use std::ffi::OsString;

mod bench;
mod check;
mod command;
mod commands;
mod inputs;
mod round_trip;
mod runtime_copy;
mod terminal;
mod tools;
mod workspace;

pub use command::Context;
use command::{Command, Failure, Result};
pub use workspace::find_root;

const COMMANDS: &[Command] = &[
    commands::codegen::COMMAND,
    commands::transcribe::COMMAND,
    commands::fetch::COMMAND,
    commands::update::COMMAND,
    commands::diff::COMMAND,
    commands::explain::COMMAND,
    commands::coverage::COMMAND,
    commands::conform::COMMAND,
    commands::corpus::COMMAND,
    bench::COMMAND,
    check::COMMAND,
];

/// Runs a command and returns its exit status: 0 on success, 1 on failure, 2 if the arguments are invalid.
pub fn run<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>, context: &mut Context<'_>) -> u8 {
    let arguments: Vec<OsString> = arguments.into_iter().map(Into::into).collect();
    let command = arguments.first().and_then(|name| COMMANDS.iter().find(|command| name == command.name));
    let Err(failure) = dispatch(command, &arguments, context) else { return 0 };
    let mut text = failure.render(context.colors);
    if matches!(failure, Failure::Usage(_)) {
        text.extend(["usage: ", command.map_or("cargo xtask", |command| command.usage), "\n"]);
    }
    // If standard error is closed, only the exit status can report the failure.
    let _ = context.err.write_all(text.as_bytes());
    failure.status()
}

fn dispatch(command: Option<&Command>, arguments: &[OsString], context: &mut Context<'_>) -> Result {
    let Some((name, rest)) = arguments.split_first() else { return list(context) };
    match command {
        Some(command) if rest.iter().any(is_help) => command.help(context),
        Some(command) => (command.run)(&mut lexopt::Parser::from_args(rest), context),
        None if is_help(name) || name == "help" => list(context),
        None => Err(Failure::Usage(format!("there is no command `{}`", name.to_string_lossy()))),
    }
}

fn is_help(argument: &OsString) -> bool {
    argument == "-h" || argument == "--help"
}

fn list(context: &mut Context<'_>) -> Result {
    writeln!(context.out, "The commands of this workspace:\n")?;
    for command in COMMANDS {
        writeln!(context.out, "  {}", command.usage)?;
        for line in command.about.lines() {
            writeln!(context.out, "      {line}")?;
        }
    }
    Ok(())
}
