//! The subcommands and arguments of `talkable outbox`.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command};
use talkable_outbox::{Doubt, EntryId, State};

use super::STATES;

const DETAILS: &str = "\
Lists, retries and sends the calls in an outbox of talkable-outbox. --database or TALKABLE_OUTBOX_URL contains the URL of the \
database, such as sqlite:shop.db. Use the variable if the URL contains a password.";

pub(in crate::commands) fn build(command: Command) -> Command {
    let id = || {
        let argument = Arg::new("id").value_name("ID").required(true).num_args(1..);
        argument.value_parser(clap::value_parser!(EntryId)).help("The IDs of the entries, from `talkable outbox list`")
    };
    let database = Arg::new("database").long("database").value_name("URL").global(true);
    command
        .long_about(DETAILS)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(database.help("The URL of the database"))
        .subcommand(list_command())
        .subcommand(Command::new("retry").about("Send dead entries again").arg(id()))
        .subcommand(
            Command::new("discard").about("Give up dead or doubtful entries, and delete their payloads").arg(id()),
        )
        .subcommand(
            Command::new("resolve")
                .about("State whether the API processed doubtful entries")
                .arg(
                    Arg::new("doubt")
                        .value_name("DOUBT")
                        .required(true)
                        .num_args(1..)
                        .value_parser(clap::value_parser!(Doubt))
                        .help("The doubts of the entries, from `talkable outbox list`"),
                )
                .arg(
                    Arg::new("as")
                        .long("as")
                        .value_name("RESULT")
                        .required(true)
                        .value_parser(["processed", "not-processed"])
                        .help("What happened to the entries; `not-processed` sends them again"),
                )
                .after_help("Example:\n  talkable outbox resolve 17-8523 --as not-processed"),
        )
        .subcommand(
            Command::new("stats").about("Count the entries by state").arg(
                Arg::new("watch")
                    .long("watch")
                    .action(ArgAction::SetTrue)
                    .help("Print the counts every 2 seconds, until interrupted"),
            ),
        )
        .subcommand(
            Command::new("work").about("Send the entries, until interrupted").arg(
                Arg::new("until-idle")
                    .long("until-idle")
                    .action(ArgAction::SetTrue)
                    .help("Stop when no entry is ready or in flight"),
            ),
        )
}

fn list_command() -> Command {
    Command::new("list")
        .about("List the entries")
        .arg(
            Arg::new("state")
                .long("state")
                .value_name("STATE")
                .value_parser(PossibleValuesParser::new(STATES.map(State::name)))
                .help("List only the entries in this state"),
        )
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("ENTRIES")
                .value_parser(clap::value_parser!(u32).range(1..))
                .default_value("100")
                .help("The maximum number of entries"),
        )
        .after_help("Example:\n  talkable outbox list --state dead")
}
