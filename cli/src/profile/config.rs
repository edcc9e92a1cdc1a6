//! The configuration file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::private_file::{create_folder, write_private};
use crate::failure::{Failure, Result};
use crate::input::check::closest;
use crate::session::Session;

/// The contents of the configuration file.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// The profile that is used without `--profile`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) default_profile: Option<String>,
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
}

/// A site with the source of its key. At most one source is set; if none is, the program asks for the key.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    pub(crate) site: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
    /// A file that contains the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_file: Option<PathBuf>,
    /// An environment variable that contains the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_env: Option<String>,
    /// A shell command that prints the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_command: Option<String>,
}

impl Profile {
    /// Describes the source of the key, without secrets.
    pub(crate) fn key_source(&self) -> String {
        match self {
            Self { key_file: Some(path), .. } => format!("file {}", path.display()),
            Self { key_env: Some(name), .. } => format!("variable {name}"),
            Self { key_command: Some(command), .. } => format!("command `{}`", program(command)),
            _ => "prompt".to_owned(),
        }
    }
}

impl Config {
    /// The path of the file.
    pub(crate) fn path(session: &Session<'_>) -> Result<PathBuf> {
        let folder = session.config_folder().ok_or_else(|| {
            Failure::usage("could not find the configuration folder").help("set HOME or XDG_CONFIG_HOME")
        })?;
        Ok(folder.join("config.toml"))
    }

    /// Reads the file. A missing file is an empty configuration.
    pub(crate) fn read(session: &Session<'_>) -> Result<Self> {
        let Ok(path) = Self::path(session) else { return Ok(Self::default()) };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::read(path.display(), error)),
        };
        toml::from_str(&text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            Failure::usage(format!("invalid {}: {}", path.display(), error.message()))
                .note(format!("line {}", before.lines().count().max(1)))
        })
    }

    /// Replaces the file.
    pub(crate) fn write(&self, session: &Session<'_>) -> Result {
        let path = Self::path(session)?;
        let text = toml::to_string(self).map_err(|error| Failure::usage(format!("invalid configuration: {error}")))?;
        let folder = path.parent().map_or(Ok(()), create_folder);
        let written = folder.and_then(|()| write_private(&path, &text));
        written.map_err(|error| Failure::usage(format!("could not write {}: {error}", path.display())))
    }

    pub(crate) fn profile(&self, name: &str) -> Result<&Profile> {
        self.profiles.get(name).ok_or_else(|| {
            let failure = Failure::usage(format!("there is no profile `{name}`"));
            match closest(name, self.profiles.keys().map(String::as_str)) {
                Some(similar) => failure.help(format!("a similar profile exists: `{similar}`")),
                None if self.profiles.is_empty() => {
                    failure.help(format!("create it with `talkable login --profile {name}`"))
                }
                None => failure.note(self.names()),
            }
        })
    }

    /// Adds or replaces a profile. The first profile becomes the default. Returns whether the profile is the default.
    pub(crate) fn insert(&mut self, name: &str, profile: Profile, makes_default: bool) -> bool {
        self.profiles.insert(name.to_owned(), profile);
        if makes_default || self.profiles.len() == 1 {
            self.default_profile = Some(name.to_owned());
        }
        self.default_profile.as_deref() == Some(name)
    }

    /// Names the profiles, for a note.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.profiles.keys().map(|name| format!("`{name}`")).collect();
        let verb = if names.len() == 1 { "only profile is" } else { "profiles are" };
        format!("the {verb} {}", names.join(", "))
    }

    /// The failure if a command needs a default profile, but there is none.
    pub(crate) fn no_default(&self) -> Failure {
        if self.profiles.is_empty() {
            return Failure::usage("no profile is set up")
                .help("run `talkable login` for your own site, or `talkable sandbox` for a fake API server")
                .help("or set TALKABLE_API_KEY and TALKABLE_SITE_SLUG");
        }
        Failure::usage("there is no default profile")
            .note(self.names())
            .help("choose one with `--profile`, or set the default with `talkable profiles --set-default NAME`")
    }
}

/// The program of a shell command, without its arguments, which can contain a secret.
pub(super) fn program(command: &str) -> &str {
    command.split_whitespace().next().unwrap_or_default()
}
