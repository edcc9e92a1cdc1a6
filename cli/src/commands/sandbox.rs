//! `talkable sandbox`: runs the fake API server and creates a profile for it.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};

use clap::{Arg, ArgMatches, Command};
use talkable_api::SecretString;

use super::login::store;
use crate::failure::{Exit, Failure, Result};
use crate::profile::{Config, Profile};
use crate::session::Session;

/// The name of the profile.
const PROFILE: &str = "sandbox";
const PROGRAM: &str = "talkable-sandbox";

const DETAILS: &str = "\
Runs talkable-sandbox, a fake API server in memory that needs no account, until it is interrupted. It starts with a demo shop:
Jane, who has an offer, and John, who bought through it.

The profile `sandbox` gets its address and its key. If there is no default profile, `sandbox` becomes the default, and all other
commands use it; otherwise, pass `--profile sandbox`.";

pub(super) fn build(command: Command) -> Command {
    command
        .long_about(DETAILS)
        .arg(
            Arg::new("options")
                .value_name("OPTION")
                .num_args(0..)
                .last(true)
                .allow_hyphen_values(true)
                .help("The options of talkable-sandbox, such as `--listen`; `talkable sandbox -- --help` lists them"),
        )
        .after_help("Example:\n  talkable sandbox\n  talkable sandbox -- --requests-per-second 5 --server-errors 0.1")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let options = matches.get_many::<String>("options").into_iter().flatten();
    let program = find(session).ok_or_else(|| {
        Failure::usage(format!("{PROGRAM} is not installed"))
            .note("it is neither next to this program nor in a folder of PATH")
            .help("install it from a clone of the repository: cargo install --path sandbox")
    })?;
    let child = Process::new(&program).args(options).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| Failure::usage(format!("could not start {}: {error}", program.display())))?;
    let used = use_server(&mut child, session);
    if used.is_err() {
        // A server that is not used has no purpose.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| Failure::usage(format!("{PROGRAM} failed: {error}")))?;
    used?;
    if status.success() { Ok(Exit::Success) } else { Err(Failure::usage(format!("{PROGRAM} ended with {status}"))) }
}

/// Finds the program next to this one, or in `PATH`.
fn find(session: &Session<'_>) -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let own = env::current_exe().ok().and_then(|path| Some(path.parent()?.to_owned()));
    let path = session.variable("PATH").unwrap_or_default();
    let folders = own.into_iter().chain(env::split_paths(&path));
    folders.map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// Prints the output of the server without its key, and creates the profile when the server is ready.
fn use_server(child: &mut Child, session: &mut Session<'_>) -> Result {
    let Some(output) = child.stdout.take() else { return Ok(()) };
    let mut server = Server::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        if server.read(&line) {
            let usage = save(&server, session)?;
            writeln!(session.output, "{usage}")?;
            session.output.flush()?;
        } else if server.is_shown(&line) {
            writeln!(session.output, "{line}")?;
            session.output.flush()?;
        }
    }
    Ok(())
}

/// The settings in the server's greeting.
#[derive(Default)]
struct Server {
    address: String,
    key: String,
    site: String,
}

impl Server {
    /// Reads a line of the greeting. Returns whether it was the last one.
    fn read(&mut self, line: &str) -> bool {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "address" => rest.trim().clone_into(&mut self.address),
            "key" => rest.trim().clone_into(&mut self.key),
            "sites" => rest.split_whitespace().next().unwrap_or_default().clone_into(&mut self.site),
            "curl" => return !self.key.is_empty(),
            _ => {}
        }
        false
    }

    fn is_shown(&self, line: &str) -> bool {
        let is_secret = !self.key.is_empty() && line.contains(&self.key);
        !is_secret && !line.starts_with("export ") && !line.is_empty()
    }
}

fn save(server: &Server, session: &Session<'_>) -> Result<String> {
    let key: SecretString = server.key.clone().into();
    let mut config = Config::read(session)?;
    let profile = Profile {
        site: server.site.clone(),
        base_url: Some(server.address.clone()),
        key_file: Some(store(PROFILE, &key, session)?),
        ..Profile::default()
    };
    config.profiles.insert(PROFILE.to_owned(), profile);
    let default = config.default_profile.get_or_insert_with(|| PROFILE.to_owned());
    let option = if default == PROFILE { "" } else { " --profile sandbox" };
    config.write(session)?;
    Ok(format!("\nIn another terminal:\n  talkable{option} people find jane@example.com\n\nCtrl-C stops the sandbox."))
}
