//! The options of the program.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use lexopt::{Arg, Parser, ValueExt as _};
use talkable_sandbox::{Builder, Sandbox, Trouble, WebhookTarget};

pub(crate) const HELP: &str = "\
Talkable's API on your own machine.

Usage: talkable-sandbox [OPTION…]

  --listen ADDRESS              where to listen; 127.0.0.1:7400 if not given, port 0 for a free one
  --allow-remote-connections    lets ADDRESS be one that other machines reach
  --public-url URL              what others call it: links begin with that
  --key KEY                     the API key that calls must bring; derived from the seed if not given, or drawn at
                                random if other machines may connect or with --public-url
  --site SLUG                   a site, with the data of a demo shop; may be given several times
  --seed NUMBER                 what codes and trouble are drawn from
  --webhooks URL                where webhooks go
  --webhook-key KEY             the security key that they carry; `sandbox` if not given

Trouble, off if not given; shares lie between 0 and 1:

  --requests-per-second NUMBER  what goes beyond gets a bare 429, for each site
  --burst NUMBER                how many requests may come at once before that
  --latency-ms NUMBER           how late every answer is
  --jitter-ms NUMBER            the most that comes on top, at random
  --server-errors SHARE         requests that get a 5xx in HTML
  --dropped SHARE               requests whose connection ends without an answer
  --truncated SHARE             answers that end in the middle
  --trickled SHARE              answers that come in a slow trickle
  --trickle-bytes-per-second NUMBER
                                how fast that is
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    allow_remote_connections: bool,
    public_url: Option<String>,
    key: Option<String>,
    sites: Vec<String>,
    seed: Option<u64>,
    trouble: Trouble,
    pub(crate) webhooks: Option<WebhookTarget>,
    pub(crate) webhook_key: String,
}

impl Options {
    /// Reads the arguments; none if help is asked for.
    pub(crate) fn read(mut parser: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7400)),
            allow_remote_connections: false,
            public_url: None,
            key: None,
            sites: Vec::new(),
            seed: None,
            trouble: Trouble::default(),
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
                Arg::Long("requests-per-second") => options.trouble.requests_per_second = Some(value(&mut parser)?),
                Arg::Long("burst") => options.trouble.burst = value(&mut parser)?,
                Arg::Long("latency-ms") => options.trouble.latency_ms = value(&mut parser)?,
                Arg::Long("jitter-ms") => options.trouble.jitter_ms = value(&mut parser)?,
                Arg::Long("server-errors") => options.trouble.server_errors = value(&mut parser)?,
                Arg::Long("dropped") => options.trouble.dropped = value(&mut parser)?,
                Arg::Long("truncated") => options.trouble.truncated = value(&mut parser)?,
                Arg::Long("trickled") => options.trouble.trickled = value(&mut parser)?,
                Arg::Long("trickle-bytes-per-second") => {
                    options.trouble.trickle_bytes_per_second = value(&mut parser)?;
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
            let words = "can be reached from other machines: say --allow-remote-connections if it shall be";
            return Err(format!("{} {words}", self.listen));
        }
        self.trouble.check().map_err(|error| error.to_string())
    }

    /// The sandbox that they ask for.
    pub(crate) fn builder(&self) -> Result<Builder, String> {
        let mut trouble = self.trouble.clone();
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
            trouble.seed = seed;
            builder = builder.seed(seed);
        }
        Ok(self.sites.iter().fold(builder.trouble(trouble), Builder::site))
    }
}

fn value<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
