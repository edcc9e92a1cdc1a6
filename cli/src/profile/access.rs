//! The sites and the server of a command, and the key for them.

use std::time::Duration;

use clap::ArgMatches;
use talkable_api::{Client, ClientBuilder, Error, SecretString, TransportErrorKind, Verdict};

use super::config::{Config, Profile};
use super::{TALKABLE, is_live, key};
use crate::failure::{Failure, Result};
use crate::session::Session;

/// The sites that a command calls, and their server.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The name of the profile, or `None` if the environment is used.
    pub(crate) profile: Option<String>,
    pub(crate) sites: Vec<String>,
    pub(crate) base_url: String,
    /// A description of the source of the key.
    pub(crate) key_source: String,
    settings: Option<Profile>,
    timeout: Option<Duration>,
}

/// A target with its API key.
pub(crate) struct Access {
    pub(crate) target: Target,
    key: SecretString,
}

impl Target {
    /// Determines the target. A chosen profile takes precedence over the environment, which takes precedence over the default
    /// profile. Their values are never combined, so that the key of one server is not sent to another.
    pub(crate) fn resolve(matches: &ArgMatches, session: &Session<'_>) -> Result<Self> {
        let given: Vec<String> = matches.get_many("site").into_iter().flatten().cloned().collect();
        let timeout = matches.get_one::<u64>("timeout").map(|seconds| Duration::from_secs(*seconds));
        let chosen = matches.get_one::<String>("profile").cloned().or_else(|| session.variable("TALKABLE_PROFILE"));
        if chosen.is_none() && has_key(session)? {
            let site = || session.variable("TALKABLE_SITE_SLUG").into_iter().collect();
            let sites: Vec<String> = if given.is_empty() { site() } else { given };
            if sites.is_empty() {
                return Err(Failure::usage("no site is set").help("set TALKABLE_SITE_SLUG, or pass `--site`"));
            }
            let base_url = session.variable("TALKABLE_BASE_URL").unwrap_or_else(|| TALKABLE.to_owned());
            let key_source = "variable TALKABLE_API_KEY".to_owned();
            return Ok(Self { profile: None, sites, base_url, key_source, settings: None, timeout });
        }
        let config = Config::read(session)?;
        let Some(name) = chosen.or_else(|| config.default_profile.clone()) else {
            return Err(Failure::usage("no profile is set up")
                .help("run `talkable login` for your own site, or `talkable sandbox` for a fake API server")
                .help("or set TALKABLE_API_KEY and TALKABLE_SITE_SLUG"));
        };
        let profile = config.profile(&name)?.clone();
        Ok(Self {
            sites: if given.is_empty() { vec![profile.site.clone()] } else { given },
            base_url: profile.base_url.clone().unwrap_or_else(|| TALKABLE.to_owned()),
            key_source: profile.key_source(),
            profile: Some(name),
            settings: Some(profile),
            timeout,
        })
    }

    /// Creates a failure from an error of a call. If a server on this machine is unreachable, suggests starting a sandbox.
    pub(crate) fn failure(&self, error: &Error) -> Failure {
        let mut failure = Failure::of_call(error);
        if error.verdict() == Verdict::Unauthorized && self.profile.is_none() {
            for message in &mut failure.errors {
                message.help =
                    vec!["set TALKABLE_API_KEY to a key of the site; `talkable whoami` shows the settings".to_owned()];
            }
        }
        let is_refused = matches!(error, Error::Transport(error) if error.kind() == TransportErrorKind::Connect);
        if is_refused && !is_live(&self.base_url) {
            return failure.help("start a sandbox on this machine with `talkable sandbox`");
        }
        failure
    }

    /// Creates a client for the first site, with this key.
    pub(crate) fn client(&self, key: SecretString) -> Result<Client> {
        self.build(key, |builder| builder)
    }

    fn build(&self, key: SecretString, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Client> {
        let site = self.sites.first().map(String::as_str).unwrap_or_default();
        let builder = Client::builder().api_key(key).site_slug(site).base_url(&self.base_url);
        let builder = builder.user_agent(concat!("talkable-cli/", env!("CARGO_PKG_VERSION")));
        let builder = match self.timeout {
            Some(timeout) => builder.deadline(timeout).timeout(timeout.min(Duration::from_secs(30))),
            None => builder,
        };
        change(builder).build().map_err(|error| match error {
            // The message of the library suggests a method, not an option.
            Error::Invalid(_) if self.base_url.starts_with("http:") && is_live(&self.base_url) => {
                Failure::usage(format!("invalid base URL {}: plain http exposes the key to the network", self.base_url))
                    .help("use https; plain http is allowed only for a server on this machine")
            }
            error => Failure::of_call(&error),
        })
    }
}

/// Returns the value of `--site`. Fails if there are several, for commands that support one site.
pub(crate) fn site(matches: &ArgMatches) -> Result<Option<&String>> {
    let mut sites = matches.get_many("site").into_iter().flatten();
    match (sites.next(), sites.next()) {
        (site, None) => Ok(site),
        _ => Err(Failure::usage("this command supports only one site").help("run it once for each `--site`")),
    }
}

/// Whether the environment contains a key. A site or a server without a key is an error, because the command would otherwise use
/// those of the default profile.
fn has_key(session: &Session<'_>) -> Result<bool> {
    match (session.variable)("TALKABLE_API_KEY") {
        Some(key) if key.trim().is_empty() => {
            let failure = Failure::usage("the variable TALKABLE_API_KEY is empty");
            Err(failure.help("set it to a key, or unset it to use a profile"))
        }
        Some(_) => Ok(true),
        None => match ["TALKABLE_SITE_SLUG", "TALKABLE_BASE_URL"].into_iter().find(|it| session.variable(it).is_some())
        {
            Some(name) => {
                let failure = Failure::usage(format!("{name} is set, but TALKABLE_API_KEY is not"));
                let profile = "or choose a profile with `--profile`, which sets the site and the server";
                Err(failure.help("set TALKABLE_API_KEY").help(profile))
            }
            None => Ok(false),
        },
    }
}

impl Access {
    /// Determines the target, and reads its key.
    pub(crate) fn resolve(matches: &ArgMatches, session: &Session<'_>) -> Result<Self> {
        let target = Target::resolve(matches, session)?;
        let key = match (&target.profile, &target.settings) {
            (Some(name), Some(profile)) => key::read(name, profile, session)?,
            _ => session.variable("TALKABLE_API_KEY").unwrap_or_default().into(),
        };
        Ok(Self { target, key })
    }

    /// Reads the key of a profile that is not saved yet.
    pub(crate) fn of_profile(name: &str, profile: &Profile, session: &Session<'_>) -> Result<Self> {
        let base_url = profile.base_url.clone().unwrap_or_else(|| TALKABLE.to_owned());
        Ok(Self::new(profile.site.clone(), base_url, key::read(name, profile, session)?))
    }

    /// Creates the access to a site with a key that is not stored yet.
    pub(crate) fn new(site: String, base_url: String, key: SecretString) -> Self {
        let (profile, key_source, settings, timeout) = (None, String::new(), None, None);
        Self { target: Target { profile, sites: vec![site], base_url, key_source, settings, timeout }, key }
    }

    /// Creates a client for the first site.
    pub(crate) fn client(&self) -> Result<Client> {
        self.target.client(self.key.clone())
    }

    /// Creates a client for the first site with other settings.
    pub(crate) fn client_with(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<Client> {
        self.target.build(self.key.clone(), change)
    }
}
