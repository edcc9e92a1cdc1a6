//! `talkable sandbox`: runs the fake API server, and creates a profile for it.

mod signals;

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::thread;

use clap::{Arg, ArgMatches, Command};
use talkable_api::SecretString;
use tokio::sync::mpsc;

use self::signals::Signals;
use super::login::{check_name, store};
use super::runtime;
use crate::failure::{Exit, Failure, Result};
use crate::profile::{Config, Profile, TALKABLE, is_live};
use crate::session::Session;

/// The default name of the profile.
const PROFILE: &str = "sandbox";
const PROGRAM: &str = "talkable-sandbox";
/// The exit code of the program if its options are invalid.
const INVALID_OPTIONS: i32 = 2;

const DETAILS: &str = "\
Runs talkable-sandbox, a fake API server that needs no account and keeps its data in memory, until interrupted. It starts with a \
demo shop: Jane, who has an offer, and John, who bought through it.

The address and the key are saved as the profile `sandbox`, or with the name in --profile. The first profile becomes the \
default, and all other commands use it. If there are other profiles, pass `--profile sandbox` to them.";

pub(super) fn build(command: Command) -> Command {
    command
        .long_about(DETAILS)
        .arg(
            Arg::new("options")
                .value_name("OPTION")
                .num_args(0..)
                .last(true)
                .allow_hyphen_values(true)
                .help("Options of talkable-sandbox, such as `--listen`; `talkable sandbox -- --help` lists them"),
        )
        .after_help("Example:\n  talkable sandbox\n  talkable sandbox -- --requests-per-second 5 --server-errors 0.1")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let profile = matches.get_one::<String>("profile").map_or(PROFILE, String::as_str);
    check_profile(profile, session)?;
    let options = matches.get_many::<String>("options").into_iter().flatten();
    let program = find(session).ok_or_else(|| {
        Failure::usage(format!("{PROGRAM} is not installed"))
            .note("it was not found next to this program or in PATH")
            .help("install it with `cargo install --locked talkable-sandbox`")
            .help("or, in a clone of the repository, with `cargo install --locked --path sandbox`")
    })?;
    let failed = |error| Failure::usage(format!("could not start {}: {error}", program.display()));
    let (is_ready, status) = runtime()?.block_on(async {
        let mut signals = Signals::new().map_err(failed)?;
        // The server stops when its input ends, which also happens if this program is killed.
        let mut process = Process::new(&program);
        process.arg("--stop-with-input").args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = process.spawn().map_err(failed)?;
        let used = use_server(&mut child, &mut signals, profile, session).await;
        if used.is_err() {
            // Without its profile or its output, the server is of no use.
            terminate(&mut child);
        }
        let status = child.wait().map_err(|error| Failure::usage(format!("{PROGRAM} failed: {error}")))?;
        used.map(|is_ready| (is_ready, status))
    })?;
    match (status.success(), is_ready) {
        (true, _) => Ok(Exit::Success),
        (false, true) => Err(Failure::usage(format!("{PROGRAM} failed with {status}"))),
        (false, false) => Err(not_started(status, profile)),
    }
}

fn not_started(status: ExitStatus, profile: &str) -> Failure {
    let failure = Failure::usage(format!("{PROGRAM} did not start: {status}"));
    if status.code() == Some(INVALID_OPTIONS) {
        return failure.help("`talkable sandbox -- --help` lists the options");
    }
    let other = format!("talkable sandbox --profile {profile}2 -- --listen 127.0.0.1:0");
    failure
        .help(format!(
            "if the address is in use, a sandbox may be running; `talkable whoami --profile {profile}` checks it"
        ))
        .help(format!("start another sandbox with another profile: `{other}`"))
}

/// Fails if the profile is that of a live site, so that the site and the key are not replaced.
fn check_profile(name: &str, session: &Session<'_>) -> Result {
    check_name(name)?;
    let config = Config::read(session)?;
    let Some(profile) = config.profiles.get(name) else { return Ok(()) };
    let base_url = profile.base_url.as_deref().unwrap_or(TALKABLE);
    if is_live(base_url) {
        let failure = Failure::usage(format!("profile `{name}` belongs to site {} of {base_url}", profile.site));
        return Err(failure.help("choose another name with `--profile`"));
    }
    Ok(())
}

/// Finds the program next to this one, or in `PATH`.
fn find(session: &Session<'_>) -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let own = env::current_exe().ok().and_then(|path| Some(path.parent()?.to_owned()));
    let path = session.variable("PATH").unwrap_or_default();
    let folders = own.into_iter().chain(env::split_paths(&path));
    folders.map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// Prints the output of the server without its key, and creates the profile when the server is ready. A signal stops the server;
/// its remaining output is printed. Returns whether the server was ready.
async fn use_server(
    child: &mut Child,
    signals: &mut Signals,
    profile: &str,
    session: &mut Session<'_>,
) -> Result<bool> {
    let Some(output) = child.stdout.take() else { return Ok(false) };
    let (sender, mut lines) = mpsc::unbounded_channel();
    thread::spawn(move || BufReader::new(output).lines().try_for_each(|line| sender.send(line)));
    let (mut server, mut is_ready, mut is_stopping) = (Server::default(), false, false);
    loop {
        let line = tokio::select! {
            line = lines.recv() => line,
            () = signals.next(), if !is_stopping => {
                terminate(child);
                is_stopping = true;
                continue;
            }
        };
        let Some(line) = line else { return Ok(is_ready) };
        let line = line?;
        if server.read(&line) {
            is_ready = true;
            let usage = save(&server, profile, session)?;
            writeln!(session.output, "{usage}")?;
            session.output.flush()?;
        } else if server.is_shown(&line) {
            writeln!(session.output, "{line}")?;
            session.output.flush()?;
        }
    }
}

/// Asks the server to stop, so that it can save its records.
fn terminate(child: &mut Child) {
    // The server may have stopped already.
    #[cfg(unix)]
    let _ = rustix::process::kill_process(rustix::process::Pid::from_child(child), rustix::process::Signal::TERM);
    #[cfg(not(unix))]
    let _ = child.kill();
}

/// The settings that the server prints at its start.
#[derive(Default)]
struct Server {
    address: String,
    key: String,
    site: String,
}

impl Server {
    /// Reads a line of the output. Returns whether the settings are complete.
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

fn save(server: &Server, name: &str, session: &Session<'_>) -> Result<String> {
    let key: SecretString = server.key.clone().into();
    let mut config = Config::read(session)?;
    let profile = Profile {
        site: server.site.clone(),
        base_url: Some(server.address.clone()),
        key_file: Some(store(name, &key, session)?),
        ..Profile::default()
    };
    let is_default = config.insert(name, profile, false);
    let option = if is_default { String::new() } else { format!(" --profile {name}") };
    config.write(session)?;
    Ok(format!(
        "\nIn another terminal:\n  talkable{option} people find jane@example.com\n\nPress Ctrl-C to stop the sandbox."
    ))
}
