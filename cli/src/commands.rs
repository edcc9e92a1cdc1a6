//! The commands, and the table of those that are not operations.

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
    /// The resource that the command belongs to, if any.
    pub(crate) resource: Option<&'static str>,
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Adds the arguments and the help.
    pub(crate) build: fn(Command) -> Command,
    run: Run,
    /// The common options that have no effect on the command. Help omits them, and passing one is an error.
    pub(crate) unused: &'static [&'static str],
    /// The same options of subcommands, by the name of the subcommand. The help of the command itself omits them too.
    pub(crate) unused_in: &'static [(&'static str, &'static [&'static str])],
    /// The help of `--site`, if the command supports only one site.
    pub(crate) site_help: Option<&'static str>,
}

/// The function that runs a command.
enum Run {
    Plain(fn(&ArgMatches, &mut Session<'_>) -> Result<Exit>),
    /// Also takes the tree of all commands.
    WithTree(fn(&ArgMatches, Command, &mut Session<'_>) -> Result<Exit>),
}

/// The help of `--site` for commands that support only one site.
const ANY_SITE: &str = "The slug of the site";
const OTHER_SITE: &str = "Use this site instead of the profile's";

/// The commands that are not operations.
pub(crate) const EXTRAS: &[Extra] = &[
    Extra::new("login", "Save a site and its API key as a profile", login::build, Run::Plain(login::run))
        .without(&["output", "columns", "jq", "timeout"])
        .with_site(ANY_SITE),
    Extra::new("logout", "Remove a profile and its stored key", login::build_logout, Run::Plain(login::logout))
        .without(&["output", "columns", "jq", "site", "timeout"]),
    Extra::new("whoami", "Show the profile in use, and check its key", whoami::build, Run::Plain(whoami::run)),
    Extra::new(
        "profiles",
        "List the profiles, or set the default",
        whoami::build_profiles,
        Run::Plain(whoami::profiles),
    )
    .without(&["profile", "site", "timeout"]),
    Extra::new("sandbox", "Run a fake API server, for experiments and tests", sandbox::build, Run::Plain(sandbox::run))
        .without(&["output", "columns", "jq", "site", "timeout"]),
    Extra::new(
        "import",
        "Import purchases, events, affiliate members, people or refunds from a CSV file",
        import::build,
        Run::Plain(import::run),
    )
    .with_site(OTHER_SITE),
    Extra::new(
        "export",
        "Export rewards, shares, referrals or people for the e-mail addresses in a file",
        export::build,
        Run::Plain(export::run),
    )
    .without(&["jq"]),
    Extra::new("gdpr", "Export or anonymize a person's data at one or more sites", gdpr::build, Run::Plain(gdpr::run)),
    Extra::new("webhooks", "Receive, send and check webhooks", webhooks::build, Run::Plain(webhooks::run))
        .without(&["profile", "timeout"])
        .without_in(&[("listen", &["site", "columns"]), ("trigger", &[]), ("replay", &["site"]), ("verify", &["site"])])
        .with_site(ANY_SITE),
    #[cfg(feature = "outbox")]
    Extra::new("outbox", "Inspect an outbox, and send its calls", outbox::build, Run::Plain(outbox::run))
        .without_in(&[
            ("list", &["profile", "timeout"]),
            ("retry", &["profile", "site", "timeout"]),
            ("discard", &["profile", "site", "timeout"]),
            ("resolve", &["profile", "site", "timeout"]),
            ("stats", &["profile", "site", "timeout"]),
            ("work", &["output", "columns", "jq"]),
        ])
        .with_site(ANY_SITE),
    Extra::new(
        "completions",
        "Print a completion script for a shell",
        manual::build_completions,
        Run::WithTree(manual::completions),
    )
    .without(&["profile", "site", "output", "columns", "jq", "timeout"]),
    Extra::new("man", "Write the man pages of all commands to a folder", manual::build_man, Run::WithTree(manual::man))
        .without(&["profile", "site", "output", "columns", "jq", "timeout"]),
    // The third person is that of the operations in the same list.
    Extra::new(
        "check",
        "Checks whether a coupon can be used, and explains why not",
        coupons::build,
        Run::Plain(coupons::run),
    )
    .of("coupons")
    .with_site(OTHER_SITE),
    Extra::new("show", "Shows metrics over time, as a table or a chart", metrics::build, Run::Plain(metrics::run))
        .of("metrics"),
];

impl Extra {
    const fn new(name: &'static str, about: &'static str, build: fn(Command) -> Command, run: Run) -> Self {
        Self { resource: None, name, about, build, run, unused: &[], unused_in: &[], site_help: None }
    }

    const fn of(self, resource: &'static str) -> Self {
        Self { resource: Some(resource), ..self }
    }

    const fn without(self, unused: &'static [&'static str]) -> Self {
        Self { unused, ..self }
    }

    const fn without_in(self, unused_in: &'static [(&'static str, &'static [&'static str])]) -> Self {
        Self { unused_in, ..self }
    }

    const fn with_site(self, help: &'static str) -> Self {
        Self { site_help: Some(help), ..self }
    }

    /// The words of the command, separated by dashes. They are unique, and also the name of the man page.
    pub(crate) fn display_name(&self) -> String {
        match self.resource {
            Some(resource) => format!("talkable-{resource}-{}", self.name),
            None => format!("talkable-{}", self.name),
        }
    }
}

/// Runs a command that is not an operation. `resource` is the resource that it belongs to, if any.
pub(crate) fn run(
    resource: Option<&str>,
    name: &str,
    matches: &ArgMatches,
    tree: fn() -> Command,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let extra = EXTRAS.iter().find(|extra| extra.resource == resource && extra.name == name);
    let extra = extra.ok_or_else(|| Failure::usage(format!("there is no command `{name}`")))?;
    reject_unused(matches, extra.unused, name)?;
    for (subcommand, unused) in extra.unused_in {
        if let Some(matches) = matches.subcommand_matches(subcommand) {
            reject_unused(matches, unused, &format!("{name} {subcommand}"))?;
        }
    }
    match extra.run {
        Run::Plain(run) => run(matches, session),
        Run::WithTree(run) => run(matches, tree(), session),
    }
}

/// Fails if one of the options is given, because it has no effect on the command.
fn reject_unused(matches: &ArgMatches, options: &[&str], command: &str) -> Result {
    match options.iter().find(|option| matches.contains_id(option)) {
        None => Ok(()),
        Some(option) => {
            let failure = Failure::usage(format!("--{option} has no effect on `talkable {command}`"));
            Err(failure.help("remove the option"))
        }
    }
}

/// Finds an operation that a command needs.
fn required(id: &str) -> Result<&'static Operation> {
    by_id(id).ok_or_else(|| Failure::usage(format!("the API no longer has the operation {id}")))
}

/// Fails if an argument is empty. `name` is the name of the argument in messages.
fn reject_empty(text: &str, name: &str) -> Result {
    let failure = || Failure::usage(format!("invalid {name}: the value is empty"));
    if text.trim().is_empty() { Err(failure()) } else { Ok(()) }
}

/// Creates the runtime of a command that makes calls.
fn runtime() -> Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::usage(format!("could not start the runtime: {error}")))
}
