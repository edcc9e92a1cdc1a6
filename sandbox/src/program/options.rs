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
  --webhook-key KEY             the security key to send with webhooks [default: sandbox]
  --lenient                     accept requests like those of older clients: basic authentication, origins without an
                                e-mail address or a subtotal, and visitors without a UUID
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
";

pub(crate) struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) builder: Builder,
    /// The webhook target and its security key, or `None` if no webhooks are sent.
    pub(crate) webhooks: Option<(WebhookTarget, String)>,
}

impl Options {
    /// Parses the arguments. Returns `None` for `--help`.
    pub(crate) fn parse(mut parser: Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7400));
        let (mut builder, mut faults) = (Sandbox::builder(), Faults::default());
        let (mut webhooks, mut webhook_key) = (None::<String>, "sandbox".to_owned());
        let mut is_remote = false;
        while let Some(argument) = parser.next()? {
            match argument {
                Arg::Short('h') | Arg::Long("help") => return Ok(None),
                Arg::Long("listen") => listen = value(&mut parser)?,
                Arg::Long("allow-remote-connections") => is_remote = true,
                Arg::Long("public-url") => {
                    let url = value::<String>(&mut parser)?;
                    builder = builder.public_url(&url).map_err(|error| format!("--public-url: {error}"))?;
                }
                Arg::Long("lenient") => builder = builder.lenient(),
                Arg::Long("key") => builder = builder.api_key(value::<String>(&mut parser)?),
                Arg::Long("site") => builder = builder.site(value::<String>(&mut parser)?),
                Arg::Long("seed") => {
                    faults.seed = value(&mut parser)?;
                    builder = builder.seed(faults.seed);
                }
                Arg::Long("webhooks") => webhooks = Some(value(&mut parser)?),
                Arg::Long("webhook-key") => webhook_key = value(&mut parser)?,
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
        if is_remote {
            builder = builder.allow_remote_connections();
        } else if !listen.ip().to_canonical().is_loopback() {
            let help = "pass --allow-remote-connections to allow this";
            return Err(format!("other machines can reach {listen}\nhelp: {help}").into());
        }
        faults.check().map_err(|error| error.to_string())?;
        let webhooks = webhooks.map(|url| match WebhookTarget::new(&url, &webhook_key) {
            Ok(target) => Ok((target, webhook_key)),
            Err(error) => Err(format!("--webhooks: {error}")),
        });
        Ok(Some(Self { listen, builder: builder.address(listen).faults(faults), webhooks: webhooks.transpose()? }))
    }
}

fn value<T: FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(
    parser: &mut Parser,
) -> Result<T, lexopt::Error> {
    parser.value()?.parse()
}
