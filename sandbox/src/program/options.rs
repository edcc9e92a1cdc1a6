//! The command-line options.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt as _};
use talkable_sandbox::{Builder, Faults, Sandbox, WebhookTarget};
use tracing_subscriber::filter::Targets;

pub(crate) const HELP: &str = "\
Simulates Talkable's API on your own machine.

Usage: talkable-sandbox [OPTION…]

  --listen ADDRESS              the address to listen on [default: 127.0.0.1:7400]; port 0 chooses a free port
  --allow-remote-connections    listen on addresses that other machines can reach, and accept any host name
  --public-url URL              the base URL for clients and links
  --key KEY                     the API key that requests must send [default: derived from the seed, or random with
                                --allow-remote-connections or --public-url]
  --site SLUG                   a site to create, with the demo shop's data; repeatable [default: my-store]
  --seed NUMBER                 the seed for random codes and faults
  --webhooks URL                the URL to send webhooks to
  --webhook-key KEY             the security key to send with webhooks [default: sandbox]
  --load FILE                   a file with the records of the first site, saved with --save
  --save FILE                   the file to save the records of the first site to when the sandbox stops
  --lenient                     accept requests like those of older clients: basic authentication, origins without an
                                e-mail address or a subtotal, and visitors without a UUID
  --stop-with-input             stop when standard input ends, as when the program that started the sandbox is killed
  --log FILTER                  what to log to standard error: `info` for a line per request and webhook,
                                `debug` to include bodies, or a filter in the format of RUST_LOG [default: RUST_LOG,
                                or else only the first webhook of each site that can't be delivered]
  -h, --help                    print this help

Faults to inject (off by default; a FRACTION ranges from 0 to 1):

  --requests-per-second NUMBER  the rate limit of each site; excess requests get a 429 without a body
  --burst NUMBER                the number of requests that the rate limit admits at once
  --latency-ms NUMBER           the delay of each response in milliseconds
  --jitter-ms NUMBER            the maximum additional random delay in milliseconds
  --server-errors FRACTION      the fraction of requests that get a 5xx with an HTML page
  --dropped FRACTION            the fraction of requests whose connection is closed without a response
  --truncated FRACTION          the fraction of responses that are cut off halfway
  --trickled FRACTION           the fraction of responses that are sent slowly
  --trickle-bytes-per-second NUMBER
                                the speed of slow responses in bytes per second

Each option can also be set with an environment variable such as TALKABLE_SANDBOX_PUBLIC_URL. The variable for an option
without a value is set to 1, and several sites are separated by commas. PORT sets the port to listen on; with
--allow-remote-connections, the sandbox then listens on all addresses.
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) builder: Builder,
    /// The webhook target and its security key, or `None` if no webhooks are sent.
    pub(crate) webhooks: Option<(WebhookTarget, String)>,
    /// The file to load the first site from, if any.
    pub(crate) load: Option<PathBuf>,
    /// The file to save the first site to, if any.
    pub(crate) save: Option<PathBuf>,
    /// Whether the end of standard input stops the sandbox.
    pub(crate) stops_with_input: bool,
    /// What to log. `None` means only warnings.
    pub(crate) log: Option<Targets>,
}

/// Returns the options in the help text, which can also be set with environment variables, and whether each takes a value.
fn variables() -> impl Iterator<Item = (&'static str, bool)> {
    let lines = HELP.lines().filter_map(|line| line.strip_prefix("  --"));
    lines.filter_map(|line| line.split_once(' ')).map(|(name, rest)| (name, rest.starts_with(char::is_uppercase)))
}

/// The options as given. Later options replace earlier ones.
#[derive(Default)]
struct Given {
    listen: Option<SocketAddr>,
    port: Option<u16>,
    is_remote: bool,
    is_lenient: bool,
    stops_with_input: bool,
    public_url: Option<String>,
    key: Option<String>,
    sites: Vec<String>,
    seed: Option<u64>,
    webhooks: Option<String>,
    webhook_key: Option<String>,
    load: Option<PathBuf>,
    save: Option<PathBuf>,
    log: Option<Targets>,
    faults: Faults,
}

impl Options {
    /// Parses the environment variables and then the arguments, which take precedence. Returns `None` for `--help`.
    pub(crate) fn parse(
        arguments: Parser,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, lexopt::Error> {
        let mut given = Given::default();
        for (option, has_value) in variables() {
            let name = format!("TALKABLE_SANDBOX_{}", option.replace('-', "_").to_uppercase());
            let Some(text) = variable(&name).filter(|text| !text.is_empty()) else { continue };
            let values: Vec<String> = match (option, has_value) {
                ("site", _) => text.split(',').map(|slug| format!("--site={}", slug.trim())).collect(),
                (_, true) => vec![format!("--{option}={text}")],
                _ if ["0", "false", "no"].contains(&text.as_str()) => Vec::new(),
                _ => vec![format!("--{option}")],
            };
            let parsed = given.read(Parser::from_args(values));
            parsed.map_err(|error| format!("the environment variable {name} is invalid: {error}"))?;
        }
        if let Some(port) = variable("PORT").filter(|port| !port.is_empty()) {
            let port = port.parse().map_err(|_| format!("the environment variable PORT is not a port: `{port}`"))?;
            given.port = Some(port);
        }
        let sites = std::mem::take(&mut given.sites);
        if !given.read(arguments)? {
            return Ok(None);
        }
        if given.sites.is_empty() {
            given.sites = sites;
        }
        let rust_log = variable("RUST_LOG").filter(|filter| given.log.is_none() && !filter.is_empty());
        if let Some(filter) = rust_log {
            let invalid = |error| format!("the environment variable RUST_LOG is invalid: {error}");
            given.log = Some(filter.parse().map_err(invalid)?);
        }
        given.build().map(Some)
    }
}

impl Given {
    /// Reads options. Returns false for `--help`.
    fn read(&mut self, mut parser: Parser) -> Result<bool, lexopt::Error> {
        let faults = &mut self.faults;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(false),
                Arg::Long("listen") => self.listen = Some(value(&mut parser)?),
                Arg::Long("allow-remote-connections") => self.is_remote = true,
                Arg::Long("lenient") => self.is_lenient = true,
                Arg::Long("stop-with-input") => self.stops_with_input = true,
                Arg::Long("public-url") => self.public_url = Some(value(&mut parser)?),
                Arg::Long("key") => self.key = Some(value(&mut parser)?),
                Arg::Long("site") => self.sites.push(value(&mut parser)?),
                Arg::Long("seed") => self.seed = Some(value(&mut parser)?),
                Arg::Long("webhooks") => self.webhooks = Some(value(&mut parser)?),
                Arg::Long("webhook-key") => self.webhook_key = Some(value(&mut parser)?),
                Arg::Long("load") => self.load = Some(parser.value()?.into()),
                Arg::Long("save") => self.save = Some(parser.value()?.into()),
                Arg::Long("log") => {
                    let invalid = |error| format!("--log: {error}");
                    self.log = Some(value(&mut parser).map_err(invalid)?);
                }
                Arg::Long("requests-per-second") => faults.requests_per_second = Some(value(&mut parser)?),
                Arg::Long("burst") => faults.burst = value(&mut parser)?,
                Arg::Long("latency-ms") => faults.latency_ms = value(&mut parser)?,
                Arg::Long("jitter-ms") => faults.jitter_ms = value(&mut parser)?,
                Arg::Long("server-errors") => faults.server_errors = value(&mut parser)?,
                Arg::Long("dropped") => faults.dropped = value(&mut parser)?,
                Arg::Long("truncated") => faults.truncated = value(&mut parser)?,
                Arg::Long("trickled") => faults.trickled = value(&mut parser)?,
                Arg::Long("trickle-bytes-per-second") => faults.trickle_bytes_per_second = value(&mut parser)?,
                other => return Err(other.unexpected()),
            }
        }
        Ok(true)
    }

    fn build(mut self) -> Result<Options, lexopt::Error> {
        // Hosting platforms set PORT and connect from another machine.
        let is_hosted = self.port.is_some() && self.is_remote;
        let ip = if is_hosted { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from((ip, self.port.unwrap_or(7400))));
        let mut builder = Sandbox::builder().address(listen);
        if self.is_remote {
            builder = builder.allow_remote_connections();
        } else if !listen.ip().to_canonical().is_loopback() {
            let help = "pass --allow-remote-connections to allow this";
            return Err(format!("other machines can reach {listen}\nhelp: {help}").into());
        }
        if self.is_lenient {
            builder = builder.lenient();
        }
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url).map_err(|error| format!("--public-url: {error}"))?;
        }
        if let Some(key) = self.key {
            builder = builder.api_key(key);
        }
        if let Some(seed) = self.seed {
            self.faults.seed = seed;
            builder = builder.seed(seed);
        }
        builder = self.sites.into_iter().fold(builder, Builder::site);
        self.faults.check().map_err(|error| error.to_string())?;
        let webhook_key = self.webhook_key.unwrap_or_else(|| "sandbox".to_owned());
        let webhooks = self.webhooks.map(|url| match WebhookTarget::new(&url, &webhook_key) {
            Ok(target) => Ok((target, webhook_key)),
            Err(error) => Err(format!("--webhooks: {error}")),
        });
        let (builder, webhooks) = (builder.faults(self.faults), webhooks.transpose()?);
        Ok(Options {
            listen,
            builder,
            webhooks,
            load: self.load,
            save: self.save,
            stops_with_input: self.stops_with_input,
            log: self.log,
        })
    }
}

fn value<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
