//! The commands of the workspace, and the only place in it that touches the disk.
//!
//! They are a library so that tests can run them on a copy of the tree, without building anything:
//!
//! ```
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let place = xtask::Place { root: "/workspace".as_ref(), current: "/workspace".as_ref(), colors: false };
//! let status = xtask::run(["help"], &place, &mut out, &mut err);
//! assert_eq!(status, 0);
//! assert!(String::from_utf8_lossy(&out).contains("cargo xtask codegen"));
//! ```

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

mod bench;
mod check;
mod codegen;
mod conform;
mod coverage;
mod diff;
mod draw;
mod explain;
mod failure;
mod features;
mod fetch;
pub mod msrv;
mod reader;
mod report;
mod session;
mod tidy;
mod transcribe;
mod tree;
mod trial;
mod update;
pub mod workspace;

use failure::Failure;
use session::Session;

/// A command: how it is called, what it is for, and what it does.
struct Command {
    name: &'static str,
    usage: &'static str,
    about: &'static str,
    run: fn(&mut lexopt::Parser, &mut Session<'_>) -> Result<(), Failure>,
}

const COMMANDS: &[Command] = &[
    codegen::COMMAND,
    transcribe::COMMAND,
    fetch::COMMAND,
    update::COMMAND,
    diff::COMMAND,
    explain::COMMAND,
    coverage::COMMAND,
    conform::COMMAND,
    bench::COMMAND,
    check::COMMAND,
];

/// Where a command runs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'p> {
    /// The folder of the workspace.
    pub root: &'p Path,
    /// The folder that the files of the command line are relative to.
    pub current: &'p Path,
    /// Whether errors and warnings may have colors.
    pub colors: bool,
}

/// Runs one command line and gives its exit status: 0 if it succeeded, 1 if it failed, 2 if it could not be understood.
pub fn run<A: Into<OsString>>(
    arguments: impl IntoIterator<Item = A>,
    place: &Place<'_>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let Place { root, current, colors } = *place;
    let mut session = Session { root, current, out, err, colors };
    match dispatch(lexopt::Parser::from_args(arguments), &mut session).map_err(|failure| failure.of("cargo xtask")) {
        Ok(()) => 0,
        Err(failure) => {
            // When even standard error is closed, the exit status is all that is left to say.
            let _ = session.err.write_all(failure.told(session.colors).as_bytes());
            failure.status()
        }
    }
}

fn dispatch(mut parser: lexopt::Parser, session: &mut Session<'_>) -> Result<(), Failure> {
    let name = match parser.next()? {
        None | Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) => return list(session),
        Some(lexopt::Arg::Value(name)) => name.to_string_lossy().into_owned(),
        Some(option) => return Err(option.unexpected().into()),
    };
    if name == "help" {
        return list(session);
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.run)(&mut parser, session).map_err(|failure| failure.of(command.usage)),
        None => Err(Failure::Usage(format!("there is no command `{name}`"))),
    }
}

fn list(session: &mut Session<'_>) -> Result<(), Failure> {
    writeln!(session.out, "The commands of this workspace:\n")?;
    for command in COMMANDS {
        writeln!(session.out, "  {}", command.usage)?;
        for line in command.about.lines() {
            writeln!(session.out, "      {line}")?;
        }
    }
    Ok(())
}

/// Prints what a command is for; every command calls it when it meets `--help`.
fn explain(command: &Command, session: &mut Session<'_>) -> Result<(), Failure> {
    writeln!(session.out, "{}\n\n{}", command.usage, command.about)?;
    Ok(())
}
