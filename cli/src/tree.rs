//! The tree of commands, built from the table of operations. Each part is built when it is needed.

mod known;
pub(crate) mod operation;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

use crate::commands::TOP;
use crate::failure::EXIT_CODES;
use crate::generated::RESOURCES;
use crate::text::summary;

/// The headings of the groups of options in the help.
pub(crate) const COMMON: &str = "Common options";
/// The display order of the common options that all commands have: after the options of any operation.
const COMMON_ORDER: usize = 1000;
/// The display order of the common options that only some commands have.
const LAST: usize = COMMON_ORDER + 100;
pub(crate) const FORMATS: [&str; 4] = ["table", "json", "jsonl", "csv"];

/// The names of the common options, which options of operations can't have.
pub(crate) const COMMON_NAMES: [&str; 12] = [
    "all-pages",
    "columns",
    "data",
    "dry-run",
    "help",
    "jq",
    "output",
    "profile",
    "site",
    "timeout",
    "unchecked",
    "version",
];

const ABOUT: &str = "The Talkable API from a terminal";

const START: &str = "\
Get started:
  talkable sandbox                        run a fake API server, without an account
  talkable people find jane@example.com   look up a person
  talkable login                          set up your own site";

const KEY: &str = "\
Key:
  The key is never an argument. It is read from the profile that `talkable login`
  creates, or from TALKABLE_API_KEY together with TALKABLE_SITE_SLUG and, optionally,
  TALKABLE_BASE_URL. TALKABLE_PROFILE chooses a profile, like --profile. A profile never
  uses the site and the server of the environment.";

/// Returns the whole tree. The subcommands of a command are built when the command is used.
pub(crate) fn root() -> Command {
    let resources = RESOURCES.iter().map(|resource| {
        Command::new(resource.name)
            .about(summary(resource.about))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_help_heading("Operations")
            .display_name(format!("talkable-{}", resource.name))
            .defer(operation::of_resource)
    });
    Command::new("talkable")
        .about(ABOUT)
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
        .after_help(START)
        .after_long_help(format!("{START}\n\n{KEY}\n\n{EXIT_CODES}"))
        .args(common())
        .subcommands(TOP.iter().map(|extra| Command::new(extra.name).about(extra.about).defer(top)))
        .subcommands(resources)
}

/// Completes a command that is not an operation.
fn top(command: Command) -> Command {
    match TOP.iter().find(|extra| extra.name == command.get_name()) {
        Some(extra) => common_last((extra.build)(command)),
        None => command,
    }
}

/// The options of all commands.
fn common() -> [Arg; 6] {
    // Options with the same order would be sorted by name.
    let mut order = COMMON_ORDER;
    [
        Arg::new("profile").long("profile").value_name("NAME").help("Uses this profile of the configuration file"),
        Arg::new("site")
            .long("site")
            .value_name("SLUG")
            .action(ArgAction::Append)
            .help("Uses this site instead of the profile's; can be repeated to run the command for several sites"),
        Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FORMAT")
            .value_parser(PossibleValuesParser::new(FORMATS))
            .help("The format of the result: by default, a table on a terminal and JSON otherwise"),
        Arg::new("columns")
            .long("columns")
            .value_name("NAMES")
            .value_delimiter(',')
            .help("Shows only these columns of a table or CSV, such as `id,person.email`"),
        Arg::new("jq")
            .long("jq")
            .value_name("FILTER")
            .help("Applies a jq filter to the result; prints strings as they are, other values as JSON"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(clap::value_parser!(u64).range(1..))
            .help("Limits the duration of a call, including its retries [default: 300]"),
    ]
    .map(|argument| {
        order += 1;
        argument.global(true).help_heading(COMMON).display_order(order)
    })
}

/// Moves the common options to the end of the help.
fn common_last(command: Command) -> Command {
    let mut command = command;
    for argument in common() {
        let id = argument.get_id();
        if command.get_arguments().any(|other| other.get_id() == id) {
            command = command.mut_arg(id, |argument| argument);
        }
    }
    command
}

/// The title of a section after the help.
pub(crate) fn section(title: &str, text: &str) -> String {
    let lines = text.lines().map(|line| format!("  {line}"));
    format!("{title}:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
