//! The command-line options.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt as _};
use talkable_sandbox::{Builder, Faults, Sandbox, WebhookTarget};

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
  --webhook-key KEY             the security key of webhooks [default: sandbox]
  -h, --help                    print this help

Faults to inject (off by default; a SHARE ranges from 0 to 1):

  --requests-per-second NUMBER  the rate limit of each site; excess requests get a 429 without a body
  --burst NUMBER                the number of requests that the rate limit admits at once
  --latency-ms NUMBER           the delay of each response in milliseconds
  --jitter-ms NUMBER            the maximum random delay that is added, in milliseconds
  --server-errors SHARE         the share of requests that get a 5xx with an HTML page
  --dropped SHARE               the share of requests whose connection is closed without a response
  --truncated SHARE             the share of responses that are cut off halfway
  --trickled SHARE              the share of responses that are sent slowly
  --trickle-bytes-per-second NUMBER
                                the speed of slow responses in bytes per second
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    allow_remote_connections: bool,
    public_url: Option<String>,
    key: Option<String>,
    sites: Vec<String>,
    seed: Option<u64>,
    faults: Faults,
    pub(crate) webhooks: Option<WebhookTarget>,
    pub(crate) webhook_key: String,
}

impl Options {
    /// Parses the arguments. Returns `None` for `--help`.
    pub(crate) fn parse(mut parser: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7400)),
            allow_remote_connections: false,
            public_url: None,
            key: None,
            sites: Vec::new(),
            seed: None,
            faults: Faults::default(),
            webhooks: None,
            webhook_key: "sandbox".to_owned(),
        };
        let mut webhooks = None::<String>;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("listen") => options.listen = value(&mut parser)?,
                Arg::Long("allow-remote-connections") => options.allow_remote_connections = true,
                Arg::Long("public-url") => options.public_url = Some(value(&mut parser)?),
                Arg::Long("key") => options.key = Some(value(&mut parser)?),
                Arg::Long("site") => options.sites.push(value(&mut parser)?),
                Arg::Long("seed") => options.seed = Some(value(&mut parser)?),
                Arg::Long("webhooks") => webhooks = Some(value(&mut parser)?),
                Arg::Long("webhook-key") => options.webhook_key = value(&mut parser)?,
                Arg::Long("requests-per-second") => options.faults.requests_per_second = Some(value(&mut parser)?),
                Arg::Long("burst") => options.faults.burst = value(&mut parser)?,
                Arg::Long("latency-ms") => options.faults.latency_ms = value(&mut parser)?,
                Arg::Long("jitter-ms") => options.faults.jitter_ms = value(&mut parser)?,
                Arg::Long("server-errors") => options.faults.server_errors = value(&mut parser)?,
                Arg::Long("dropped") => options.faults.dropped = value(&mut parser)?,
                Arg::Long("truncated") => options.faults.truncated = value(&mut parser)?,
                Arg::Long("trickled") => options.faults.trickled = value(&mut parser)?,
                Arg::Long("trickle-bytes-per-second") => {
                    options.faults.trickle_bytes_per_second = value(&mut parser)?;
                }
                other => return Err(other.unexpected()),
            }
        }
        if let Some(url) = webhooks {
            let target = WebhookTarget::new(&url, &options.webhook_key);
            options.webhooks = Some(target.map_err(|error| format!("--webhooks: {error}"))?);
        }
        options.check()?;
        Ok(Some(options))
    }

    fn check(&self) -> Result<(), String> {
        if !self.allow_remote_connections && !self.listen.ip().to_canonical().is_loopback() {
            let help = "pass --allow-remote-connections to allow this";
            return Err(format!("other machines can reach {}\nhelp: {help}", self.listen));
        }
        self.faults.check().map_err(|error| error.to_string())
    }

    pub(crate) fn builder(&self) -> Result<Builder, String> {
        let mut faults = self.faults.clone();
        let mut builder = Sandbox::builder().address(self.listen);
        if self.allow_remote_connections {
            builder = builder.allow_remote_connections();
        }
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url).map_err(|error| format!("--public-url: {error}"))?;
        }
        if let Some(key) = &self.key {
            builder = builder.api_key(key);
        }
        if let Some(seed) = self.seed {
            faults.seed = seed;
            builder = builder.seed(seed);
        }
        Ok(self.sites.iter().fold(builder.faults(faults), Builder::site))
    }
}

fn value<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
