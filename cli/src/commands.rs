//! The commands. Those that are not operations are listed here.

mod confirm;
mod coupons;
mod export;
mod gdpr;
mod import;
mod login;
mod manual;
mod metrics;
pub(crate) mod operation;
#[cfg(feature = "outbox")]
mod outbox;
mod sandbox;
mod webhooks;
mod whoami;

use clap::{ArgMatches, Command};

use crate::failure::{Exit, Failure, Result};
use crate::operation::{Operation, by_id};
use crate::session::Session;

/// A command that is not an operation.
pub(crate) struct Extra {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Adds the arguments and the help.
    pub(crate) build: fn(Command) -> Command,
    run: Run,
}

/// The function that runs a command.
enum Run {
    Alone(fn(&ArgMatches, &mut Session<'_>) -> Result<Exit>),
    /// The command describes the tree of all commands.
    OnTree(fn(&ArgMatches, Command, &mut Session<'_>) -> Result<Exit>),
}

/// The commands at the top of the tree, apart from the resources.
pub(crate) const TOP: &[Extra] = &[
    Extra { name: "login", about: "Set up a site and its key", build: login::build, run: Run::Alone(login::run) },
    Extra {
        name: "logout",
        about: "Remove a profile and its stored key",
        build: login::build_logout,
        run: Run::Alone(login::logout),
    },
    Extra {
        name: "whoami",
        about: "Show the profile, the site and the source of the key, and check the key",
        build: whoami::build,
        run: Run::Alone(whoami::run),
    },
    Extra {
        name: "profiles",
        about: "List the profiles, or choose the default",
        build: whoami::build_profiles,
        run: Run::Alone(whoami::profiles),
    },
    Extra {
        name: "sandbox",
        about: "Run a fake API server, for experiments and tests",
        build: sandbox::build,
        run: Run::Alone(sandbox::run),
    },
    Extra {
        name: "import",
        about: "Send the rows of a CSV file, and resume after an interruption",
        build: import::build,
        run: Run::Alone(import::run),
    },
    Extra {
        name: "export",
        about: "Export rewards, shares, referrals or people for the e-mail addresses in a file",
        build: export::build,
        run: Run::Alone(export::run),
    },
    Extra {
        name: "gdpr",
        about: "Export or anonymize the personal data of a person, at one or more sites",
        build: gdpr::build,
        run: Run::Alone(gdpr::run),
    },
    Extra {
        name: "webhooks",
        about: "Receive, send and check webhooks",
        build: webhooks::build,
        run: Run::Alone(webhooks::run),
    },
    #[cfg(feature = "outbox")]
    Extra {
        name: "outbox",
        about: "Look at an outbox, and send its calls",
        build: outbox::build,
        run: Run::Alone(outbox::run),
    },
    Extra {
        name: "completions",
        about: "Print the completions of a shell",
        build: manual::build_completions,
        run: Run::OnTree(manual::completions),
    },
    Extra {
        name: "man",
        about: "Write the man pages of all commands to a folder",
        build: manual::build_man,
        run: Run::OnTree(manual::man),
    },
];

/// The commands that belong to a resource.
pub(crate) const OF_RESOURCES: &[(&str, Extra)] = &[
    (
        "coupons",
        Extra {
            name: "check",
            about: "Explain whether a coupon can be used, and by whom",
            build: coupons::build,
            run: Run::Alone(coupons::run),
        },
    ),
    (
        "metrics",
        Extra {
            name: "show",
            about: "Show metrics over time, as a table or a chart",
            build: metrics::build,
            run: Run::Alone(metrics::run),
        },
    ),
];

/// Runs a command that is not an operation. `resource` is the resource that it belongs to, if any.
pub(crate) fn run(
    resource: Option<&str>,
    name: &str,
    matches: &ArgMatches,
    tree: fn() -> Command,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let extra = match resource {
        None => TOP.iter().find(|extra| extra.name == name),
        Some(resource) => {
            let mut extras = OF_RESOURCES.iter().filter(|(other, _)| *other == resource).map(|(_, extra)| extra);
            extras.find(|extra| extra.name == name)
        }
    };
    match extra.map(|extra| &extra.run) {
        Some(Run::Alone(run)) => run(matches, session),
        Some(Run::OnTree(run)) => run(matches, tree(), session),
        None => Err(Failure::usage(format!("there is no command `{name}`"))),
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
