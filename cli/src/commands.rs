//! The commands. Those that are not operations are listed here.

mod confirm;
mod coupons;
mod export;
mod gdpr;
mod import;
mod login;
pub(crate) mod manual;
mod metrics;
pub(crate) mod operation;
mod sandbox;
mod webhooks;
mod whoami;

use clap::{ArgMatches, Command};

use crate::failure::{Exit, Failure, Result};
use crate::operation::{Operation, by_id};
use crate::session::Session;

/// A command that is not an operation.
struct Extra {
    /// Builds the command.
    command: fn() -> Command,
    run: fn(&ArgMatches, &mut Session<'_>) -> Result<Exit>,
}

/// The commands at the top of the tree.
const TOP: &[Extra] = &[
    Extra { command: login::command, run: login::run },
    Extra { command: login::logout_command, run: login::logout },
    Extra { command: whoami::command, run: whoami::run },
    Extra { command: whoami::profiles_command, run: whoami::profiles },
    Extra { command: sandbox::command, run: sandbox::run },
    Extra { command: import::command, run: import::run },
    Extra { command: export::command, run: export::run },
    Extra { command: gdpr::command, run: gdpr::run },
    Extra { command: webhooks::command, run: webhooks::run },
];

/// The commands that belong to a resource.
const OF_RESOURCES: &[(&str, Extra)] = &[
    ("coupons", Extra { command: coupons::command, run: coupons::run }),
    ("metrics", Extra { command: metrics::command, run: metrics::run }),
];

/// The commands at the top of the tree, without the resources.
pub(crate) fn all() -> impl Iterator<Item = Command> {
    TOP.iter().map(|extra| (extra.command)()).chain([manual::completions_command(), manual::man_command()])
}

/// The commands of a resource that are not operations.
pub(crate) fn of_resource(resource: &str) -> impl Iterator<Item = Command> {
    OF_RESOURCES.iter().filter(move |(name, _)| *name == resource).map(|(_, extra)| (extra.command)())
}

/// Runs a command at the top of the tree.
pub(crate) fn run(name: &str, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    match TOP.iter().find(|extra| (extra.command)().get_name() == name) {
        Some(extra) => (extra.run)(matches, session),
        None => Err(Failure::usage(format!("there is no command `{name}`"))),
    }
}

/// Runs a command of a resource.
pub(crate) fn run_extra(resource: &str, name: &str, matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let mut extras = OF_RESOURCES.iter().filter(|(other, _)| *other == resource).map(|(_, extra)| extra);
    match extras.find(|extra| (extra.command)().get_name() == name) {
        Some(extra) => (extra.run)(matches, session),
        None => Err(Failure::usage(format!("there is no command `{resource} {name}`"))),
    }
}

/// Finds an operation that a command needs.
fn required(id: &str) -> Result<&'static Operation> {
    by_id(id).ok_or_else(|| Failure::usage(format!("the API no longer has the operation {id}")))
}

/// Creates the runtime of a command that makes calls.
fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::usage(format!("could not start the runtime: {error}")))
}
