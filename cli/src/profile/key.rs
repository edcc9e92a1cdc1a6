//! Reads the key of a profile. A key is never an argument, because other users and the history of the shell can see arguments.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use talkable_api::SecretString;

use super::config::{self, Profile};
use super::private_file::is_exposed;
use crate::failure::{Failure, Result};
use crate::session::Session;

/// Reads the key of a profile.
pub(super) fn read(name: &str, profile: &Profile, session: &Session<'_>) -> Result<SecretString> {
    let sources = [profile.key_file.is_some(), profile.key_env.is_some(), profile.key_command.is_some()];
    if sources.into_iter().filter(|is_set| *is_set).count() > 1 {
        let help = "keep only one of `key_file`, `key_env` and `key_command`";
        return Err(Failure::usage(format!("profile `{name}` has several sources of the key")).help(help));
    }
    let key = match profile {
        Profile { key_file: Some(path), .. } => of_file(path)?,
        Profile { key_env: Some(variable), .. } => session.variable(variable).ok_or_else(|| {
            Failure::usage(format!("the variable {variable} is not set"))
                .note(format!("profile `{name}` reads the key from it"))
        })?,
        Profile { key_command: Some(command), .. } => of_command(command)?,
        _ => prompt(name, session)?,
    };
    Ok(key.trim().to_owned().into())
}

fn of_file(path: &Path) -> Result<String> {
    let failed = |error| Failure::usage(format!("could not read the key file {}: {error}", path.display()));
    if is_exposed(path).map_err(failed)? {
        let help = format!("run `chmod 600 {}`", path.display());
        return Err(Failure::usage(format!("other users can read the key file {}", path.display())).help(help));
    }
    fs::read_to_string(path).map_err(failed)
}

fn of_command(command: &str) -> Result<String> {
    let shell = if cfg!(windows) { ["cmd", "/C"] } else { ["sh", "-c"] };
    let [shell, option] = shell;
    let program = config::program(command);
    // The command may ask for a password on the terminal.
    let output = Command::new(shell).args([option, command]).stdin(Stdio::inherit()).stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Failure::usage(format!("could not run `{program}`: {error}")))?;
    if !output.status.success() {
        return Err(Failure::usage(format!("`{program}` failed with {}", output.status))
            .note("the profile reads the key from the output of this command"));
    }
    let key = String::from_utf8(output.stdout);
    key.map_err(|_| Failure::usage(format!("`{program}` printed a key that is not UTF-8")))
}

/// Asks for the key without echoing it.
fn prompt(name: &str, session: &Session<'_>) -> Result<String> {
    if !session.is_input_terminal || !session.is_error_terminal {
        let failure = Failure::usage(format!("profile `{name}` has no key, and can't ask for it without a terminal"));
        return Err(failure.help("set `key_file`, `key_env` or `key_command` in the profile"));
    }
    let key = rpassword::prompt_password("API key: ");
    key.map_err(|error| Failure::usage(format!("could not read the key: {error}")))
}
