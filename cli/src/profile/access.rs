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
    pub(crate) sites: Vec<String>,
    pub(crate) base_url: String,
    source: Source,
    timeout: Option<Duration>,
}

/// Where the server and the key come from.
#[derive(Clone, Debug)]
enum Source {
    Environment,
    Profile {
        name: String,
        profile: Profile,
    },
    /// The options of `talkable login`.
    Login,
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
        let given = given_sites(matches)?;
        let timeout = matches.get_one::<u64>("timeout").map(|seconds| Duration::from_secs(*seconds));
        let chosen = matches.get_one::<String>("profile").cloned().or_else(|| session.variable("TALKABLE_PROFILE"));
        if chosen.is_none() && has_key(session)? {
            let site = || session.variable("TALKABLE_SITE_SLUG").into_iter().collect();
            let sites: Vec<String> = if given.is_empty() { site() } else { given };
            if sites.is_empty() {
                return Err(no_site(session));
            }
            let base_url = session.variable("TALKABLE_BASE_URL").unwrap_or_else(|| TALKABLE.to_owned());
            return Ok(Self { sites, base_url, source: Source::Environment, timeout });
        }
        let config = Config::read(session)?;
        let Some(name) = chosen.or_else(|| config.default_profile.clone()) else { return Err(config.no_default()) };
        let profile = config.profile(&name)?.clone();
        Ok(Self {
            sites: if given.is_empty() { vec![profile.site.clone()] } else { given },
            base_url: profile.base_url.clone().unwrap_or_else(|| TALKABLE.to_owned()),
            source: Source::Profile { name, profile },
            timeout,
        })
    }

    /// The name of the profile, or `None` if the environment is used.
    pub(crate) fn profile(&self) -> Option<&str> {
        match &self.source {
            Source::Profile { name, .. } => Some(name),
            Source::Environment | Source::Login => None,
        }
    }

    /// Describes the source of the key.
    pub(crate) fn key_source(&self) -> String {
        match &self.source {
            Source::Environment => "variable TALKABLE_API_KEY".to_owned(),
            Source::Profile { profile, .. } => profile.key_source(),
            Source::Login => "login".to_owned(),
        }
    }

    /// Creates a failure from an error of a call. If a server on this machine is unreachable, suggests starting a sandbox.
    pub(crate) fn failure(&self, error: &Error) -> Failure {
        self.failure_of(error, &[])
    }

    /// Creates a failure from an error of a call with these arguments of the path.
    pub(crate) fn failure_of(&self, error: &Error, arguments: &[String]) -> Failure {
        let failure = Failure::of_call_to(error, arguments);
        let is_unauthorized = error.verdict() == Verdict::Unauthorized;
        let is_refused = matches!(error, Error::Transport(error) if error.kind() == TransportErrorKind::Connect);
        match &self.source {
            _ if is_refused && !is_live(&self.base_url) => {
                failure.help("start a sandbox on this machine with `talkable sandbox`")
            }
            Source::Environment if is_unauthorized => {
                failure.only_help("set TALKABLE_API_KEY to a key of the site; `talkable whoami` shows the settings")
            }
            Source::Login if is_unauthorized => {
                failure.only_help(format!("run `talkable login` again with a key of site {}", self.sites.join(", ")))
            }
            _ => failure,
        }
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
        change(builder).build().map_err(|error| match &error {
            Error::Invalid(invalid) if invalid.argument() == "base_url" => self.invalid_base_url(invalid.reason()),
            error => Failure::of_call(error),
        })
    }

    /// Creates the failure for an invalid base URL. The help of the library would be to call one of its methods.
    fn invalid_base_url(&self, reason: &str) -> Failure {
        let (url, is_live) = (&self.base_url, is_live(&self.base_url));
        let name = match &self.source {
            Source::Environment => "TALKABLE_BASE_URL".to_owned(),
            Source::Profile { name, .. } => format!("base URL of profile `{name}`"),
            Source::Login => "--base-url".to_owned(),
        };
        let invalid = |reason: &str| Failure::usage(format!("invalid {name}: {url}: {reason}"));
        if url.starts_with("http:") && is_live {
            return invalid("plain http exposes the key to the network")
                .help("use https; plain http is allowed only for a server on this machine");
        }
        if url.contains("://") {
            return invalid(reason);
        }
        invalid("not a URL").help(format!("write {}://{url}", if is_live { "https" } else { "http" }))
    }
}

/// Returns the sites given with `--site`. Fails if one is given twice, because the command would run twice for that site.
fn given_sites(matches: &ArgMatches) -> Result<Vec<String>> {
    let mut sites: Vec<String> = Vec::new();
    for site in matches.get_many::<String>("site").into_iter().flatten() {
        if site.trim().is_empty() {
            return Err(Failure::usage("invalid --site: the slug is empty"));
        }
        if sites.contains(site) {
            return Err(Failure::usage(format!("invalid --site: `{site}` is given twice")));
        }
        sites.push(site.clone());
    }
    Ok(sites)
}

/// The failure if the environment has a key, but no site.
fn no_site(session: &Session<'_>) -> Failure {
    let failure = Failure::usage("no site is set").help("set TALKABLE_SITE_SLUG, or pass `--site`");
    match Config::read(session).ok().and_then(|config| config.default_profile) {
        Some(name) => failure
            .note(format!("the default profile `{name}` is not used, because TALKABLE_API_KEY is set"))
            .help(format!("or use the profile with `--profile {name}`")),
        None => failure,
    }
}

/// Returns the value of `--site`. Fails if there are several, for commands that support one site.
pub(crate) fn site(matches: &ArgMatches) -> Result<Option<&String>> {
    given_sites(matches)?;
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
        let key = match &target.source {
            Source::Profile { name, profile } => key::read(name, profile, session)?,
            Source::Environment | Source::Login => session.variable("TALKABLE_API_KEY").unwrap_or_default().into(),
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
        Self { target: Target { sites: vec![site], base_url, source: Source::Login, timeout: None }, key }
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
