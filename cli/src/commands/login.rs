//! `talkable login` and `talkable logout`.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use talkable_api::SecretString;

use super::confirm::unreadable;
use super::runtime;
use super::whoami::verify;
use crate::failure::{Exit, Failure, Result};
use crate::profile::{Access, Config, Profile, TALKABLE, create_folder, site, write_private};
use crate::session::Session;

const DETAILS: &str = "\
Checks the API key of a site, and saves both as a profile. --profile sets its name, which is otherwise `default`; an existing \
profile of that name is replaced. The first profile is the one that commands use by default; --default chooses another.

Without another option, the command asks for the key, and stores it in a file that only you can read.

With --key-env or --key-command, the key is not stored, but read whenever a command needs it: from an environment variable, or \
from the output of a shell command, such as that of a password manager.";

pub(super) fn build(command: Command) -> Command {
    command
        .long_about(DETAILS)
        .arg(Arg::new("base-url").long("base-url").value_name("URL").help("The base URL of the server [default: https://www.talkable.com]"))
        .arg(Arg::new("key-stdin").long("key-stdin").action(ArgAction::SetTrue).help("Read the key from standard input, and store it"))
        .arg(Arg::new("key-env").long("key-env").value_name("VARIABLE").help("Read the key from this environment variable"))
        .arg(Arg::new("key-command").long("key-command").value_name("COMMAND").help("Read the key from the output of this command"))
        .arg(Arg::new("default").long("default").action(ArgAction::SetTrue).help("Make the profile the default"))
        .group(ArgGroup::new("key").args(["key-stdin", "key-env", "key-command"]))
        .after_help("Example:\n  talkable login --site my-store\n  talkable login --profile live --site my-store --key-command 'pass talkable'")
}

pub(super) fn run(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let name = matches.get_one::<String>("profile").cloned().unwrap_or_else(|| "default".to_owned());
    check_name(&name)?;
    let site = match site(matches)? {
        Some(site) => site.clone(),
        None => ask_for_site(session)?,
    };
    let base_url = matches.get_one::<String>("base-url").cloned();
    let text = |name| matches.get_one::<String>(name).cloned();
    let mut profile = Profile { site: site.clone(), base_url: base_url.clone(), ..Profile::default() };
    (profile.key_env, profile.key_command) = (text("key-env"), text("key-command"));
    let mut config = Config::read(session)?;
    let is_stored_elsewhere = profile.key_env.is_some() || profile.key_command.is_some();
    let key: Option<SecretString> = if is_stored_elsewhere { None } else { Some(read_key(matches, session)?.into()) };
    let access = match &key {
        Some(key) => Access::new(site, base_url.unwrap_or_else(|| TALKABLE.to_owned()), key.clone()),
        None => Access::of_profile(&name, &profile, session)?,
    };
    let verified = runtime()?.block_on(verify(&access.client()?));
    verified.map_err(|error| access.target.failure(&error).note("the profile was not saved"))?;
    if let Some(key) = key {
        profile.key_file = Some(store(&name, &key, session)?);
    }
    let source = profile.key_source();
    let is_default = config.insert(&name, profile, matches.get_flag("default"));
    config.write(session)?;
    let usage = if is_default { String::new() } else { format!("; use it with `--profile {name}`") };
    writeln!(session.errors, "saved profile `{name}`, which reads its key from {source}{usage}")?;
    Ok(Exit::Success)
}

pub(super) fn build_logout(command: Command) -> Command {
    command.after_help("Example:\n  talkable logout --profile live")
}

pub(super) fn logout(matches: &ArgMatches, session: &mut Session<'_>) -> Result<Exit> {
    let mut config = Config::read(session)?;
    if config.profiles.is_empty() {
        return Err(Failure::usage("no profile is set up"));
    }
    let name = matches.get_one::<String>("profile").cloned().ok_or_else(|| {
        Failure::usage("`talkable logout` needs the name of the profile to remove")
            .note(config.names())
            .help("pass the name with `--profile`")
    })?;
    config.profile(&name)?;
    let removed = config.profiles.remove(&name);
    // A key file in another folder was not created by this program, and is kept.
    let path = key_path(&name, session)?;
    if removed.and_then(|profile| profile.key_file).as_ref() == Some(&path) {
        fs::remove_file(&path)
            .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
            .map_err(|error| Failure::usage(format!("could not remove {}: {error}", path.display())))?;
    }
    let was_default = config.default_profile.as_ref() == Some(&name);
    if was_default {
        config.default_profile = None;
    }
    config.write(session)?;
    writeln!(session.errors, "removed profile `{name}`")?;
    if was_default && !config.profiles.is_empty() {
        let help = "choose one with `talkable profiles --set-default NAME`";
        writeln!(session.errors, "no default profile is left; {help}")?;
    }
    Ok(Exit::Success)
}

/// Stores the key of a profile in a file, and returns its path.
pub(super) fn store(name: &str, key: &SecretString, session: &Session<'_>) -> Result<PathBuf> {
    use secrecy::ExposeSecret as _;
    let path = key_path(name, session)?;
    let folder = path.parent().map_or(Ok(()), create_folder);
    let stored = folder.and_then(|()| write_private(&path, &format!("{}\n", key.expose_secret())));
    stored.map_err(|error| Failure::usage(format!("could not write {}: {error}", path.display())))?;
    Ok(path)
}

fn key_path(name: &str, session: &Session<'_>) -> Result<PathBuf> {
    Ok(Config::path(session)?.with_file_name("keys").join(name))
}

/// Checks the name of a profile, which is also the name of its key file.
pub(super) fn check_name(name: &str) -> Result {
    let is_valid = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.chars().all(is_valid) {
        return Ok(());
    }
    Err(Failure::usage(format!("invalid --profile: `{name}`")).help("use letters, digits, `-` and `_`"))
}

fn read_key(matches: &ArgMatches, session: &mut Session<'_>) -> Result<String> {
    let key = if matches.get_flag("key-stdin") {
        let mut key = String::new();
        let read = session.input.take(64 << 10).read_to_string(&mut key);
        read.map_err(|error| Failure::read("standard input", error))?;
        key
    } else if session.is_input_terminal && session.is_error_terminal {
        rpassword::prompt_password("API key, from the settings of the site: ")
            .map_err(|error| Failure::usage(format!("could not read the key: {error}")))?
    } else {
        let failure = Failure::usage("can't ask for the key without a terminal");
        return Err(failure.help("use `--key-stdin`, `--key-env` or `--key-command`"));
    };
    match key.trim() {
        "" => Err(Failure::usage("the key is empty")),
        key => Ok(key.to_owned()),
    }
}

fn ask_for_site(session: &mut Session<'_>) -> Result<String> {
    if !session.is_input_terminal || !session.is_error_terminal {
        return Err(Failure::usage("can't ask for the site without a terminal").help("pass `--site`"));
    }
    write!(session.errors, "Site slug, from the URL of its dashboard: ")?;
    session.errors.flush()?;
    let mut line = String::new();
    BufReader::with_capacity(1, &mut *session.input).read_line(&mut line).map_err(unreadable)?;
    match line.trim() {
        "" => Err(Failure::usage("the site is empty").help("pass `--site`")),
        site => Ok(site.to_owned()),
    }
}
