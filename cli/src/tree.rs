//! The tree of commands, built from the table of operations. Each part is built when it is used.

mod known;
mod operation;

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};

use crate::commands::EXTRAS;
use crate::failure::EXIT_CODES;
use crate::generated::RESOURCES;
use crate::text::summary;

/// The heading of the common options in the help.
const COMMON: &str = "Common options";
/// The display order of the common options that all commands have: after the options of any operation.
const COMMON_ORDER: usize = 1000;
/// The display order of the common options that only some commands have.
const LAST: usize = COMMON_ORDER + 100;

/// The names of the common options, which no option of an operation can have.
const COMMON_NAMES: [&str; 12] = [
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

const START: &str = "\
Get started:
  talkable sandbox                        run a fake API server, without an account
  talkable people find jane@example.com   look up a person
  talkable login                          use your own site";

const KEY: &str = "\
API key:
  The key is never an argument. It is read from the profile that `talkable login` saved,
  or from TALKABLE_API_KEY. With that variable, TALKABLE_SITE_SLUG sets the site, and
  TALKABLE_BASE_URL the server. These variables take precedence over the default profile;
  a profile chosen with --profile or TALKABLE_PROFILE takes precedence over them.";

/// Returns the whole tree. The parts of a command are built when the command is used.
pub(crate) fn root() -> Command {
    let resources = RESOURCES.iter().map(|resource| {
        Command::new(resource.name)
            .about(summary(resource.about))
            .aliases(singular(resource.name))
            .subcommand_required(true)
            .arg_required_else_help(true)
            .subcommand_help_heading("Operations")
            .display_name(format!("talkable-{}", resource.name))
            .defer(operation::of_resource)
    });
    Command::new("talkable")
        .about(env!("CARGO_PKG_DESCRIPTION"))
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true)
        .max_term_width(100)
        .after_help(START)
        .after_long_help(format!("{START}\n\n{KEY}\n\n{EXIT_CODES}"))
        .args(common())
        .subcommands(extras(None))
        .subcommands(resources)
}

/// Returns the commands of a resource that are not operations, or those at the top of the tree.
fn extras(resource: Option<&'static str>) -> impl Iterator<Item = Command> {
    let extras = EXTRAS.iter().filter(move |extra| extra.resource == resource);
    extras.map(|extra| {
        let command = Command::new(extra.name).about(extra.about);
        // `complete_extra` finds the command by this name.
        command.display_name(extra.display_name()).defer(complete_extra)
    })
}

/// Adds the arguments and the help to a command that is not an operation.
fn complete_extra(command: Command) -> Command {
    let name = command.get_display_name().unwrap_or_default();
    let Some(extra) = EXTRAS.iter().find(|extra| extra.display_name() == name) else { return command };
    let adapted = |option: Arg, unused: &[&str]| {
        let is_in = |names: &[&str]| names.contains(&option.get_id().as_str());
        let (is_unused, help) = (is_in(extra.unused) || is_in(unused), extra.site_help.filter(|_| is_in(&["site"])));
        let option = option.hide(is_unused);
        if let Some(help) = help { option.help(help) } else { option }
    };
    let unused_in_any: Vec<_> = extra.unused_in.iter().flat_map(|(_, unused)| unused.iter().copied()).collect();
    let mut command = common_last((extra.build)(command), &|option| adapted(option, &unused_in_any));
    for (subcommand, unused) in extra.unused_in {
        // A subcommand does not inherit an option that it already has.
        let options = common().map(|option| adapted(option, unused));
        command = command.mut_subcommand(subcommand, |subcommand| subcommand.args(options));
    }
    command
}

/// The options of all commands.
fn common() -> [Arg; 6] {
    // Options with the same order would be sorted by name.
    let mut order = COMMON_ORDER;
    [
        Arg::new("profile").long("profile").value_name("NAME").help("Use this profile of the configuration file"),
        Arg::new("site")
            .long("site")
            .value_name("SLUG")
            .action(ArgAction::Append)
            .help("Use this site instead of the profile's; repeat to get a list with the results of several sites"),
        Arg::new("output")
            .long("output")
            .short('o')
            .value_name("FORMAT")
            .value_parser(PossibleValuesParser::new(["table", "json", "jsonl", "csv"]))
            .help("The output format [default: table on a terminal, json otherwise]"),
        Arg::new("columns")
            .long("columns")
            .value_name("NAMES")
            .value_delimiter(',')
            .help("Show only these columns of a table or CSV, such as `id,person.email`"),
        Arg::new("jq")
            .long("jq")
            .value_name("FILTER")
            .help("Filter the result with a jq expression; strings are printed without quotes"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("SECONDS")
            .value_parser(seconds)
            .help("The maximum duration of a call, including its retries [default: 300]"),
    ]
    .map(|argument| {
        order += 1;
        argument.global(true).help_heading(COMMON).display_order(order)
    })
}

/// Parses a number of seconds.
fn seconds(text: &str) -> Result<u64, &'static str> {
    text.parse().ok().filter(|seconds| *seconds > 0).ok_or("not a whole number of seconds, such as 60")
}

/// Returns the singular of a resource's name, which is accepted too.
fn singular(name: &'static str) -> Option<&'static str> {
    if name == "people" { Some("person") } else { name.strip_suffix('s') }
}

/// Moves the common options to the end of the help, and adapts them to the command.
fn common_last(command: Command, adapt: &dyn Fn(Arg) -> Arg) -> Command {
    let mut command = command;
    for argument in common() {
        let id = argument.get_id().as_str();
        if command.get_arguments().any(|other| other.get_id() == id) {
            command = command.mut_arg(id, adapt);
        }
    }
    command
}

/// Returns a section of the text after the help.
fn section(title: &str, text: &str) -> String {
    let lines = text.lines().map(|line| format!("  {line}"));
    format!("{title}:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
