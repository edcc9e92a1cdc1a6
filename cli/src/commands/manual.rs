//! `talkable completions` and `talkable man`.

use std::fs;
use std::path::Path;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgMatches, Command, ValueHint};
use clap_complete::Shell;

use crate::failure::{Exit, Failure, Result};
use crate::session::Session;

pub(super) fn build_completions(command: Command) -> Command {
    command
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(EnumValueParser::<Shell>::new())
                .help("The shell"),
        )
        .after_help("Example:\n  talkable completions bash > ~/.local/share/bash-completion/completions/talkable")
}

pub(super) fn completions(matches: &ArgMatches, mut tree: Command, session: &mut Session<'_>) -> Result<Exit> {
    if let Some(shell) = matches.get_one::<Shell>("shell") {
        let mut script = Vec::new();
        clap_complete::generate(*shell, &mut tree, "talkable", &mut script);
        session.output.write_all(&script)?;
    }
    Ok(Exit::Success)
}

pub(super) fn build_man(command: Command) -> Command {
    let folder = Arg::new("folder").value_name("FOLDER").required(true).value_hint(ValueHint::DirPath);
    command
        .arg(folder.help("The folder, which is created if it does not exist"))
        .after_help("Example:\n  talkable man ~/.local/share/man/man1")
}

pub(super) fn man(matches: &ArgMatches, tree: Command, session: &mut Session<'_>) -> Result<Exit> {
    let folder = matches.get_one::<String>("folder").map(String::as_str).unwrap_or_default();
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(tree, Path::new(folder)));
    written.map_err(|error| Failure::usage(format!("could not write the man pages to {folder}: {error}")))?;
    writeln!(session.errors, "wrote the man pages to {folder}")?;
    Ok(Exit::Success)
}
