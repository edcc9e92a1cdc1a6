//! How a sandbox is set up.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::FixedOffset;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
use crate::invalid::{Invalid, web_address};
use crate::record::Record;
use crate::sandbox::{Sandbox, Shared};
use crate::seed;
use crate::server::Limits;
use crate::state::Site;
use crate::trouble::{Trouble, Troubles};

/// Where the demo shop is: eight hours behind UTC.
const ZONE: FixedOffset = match FixedOffset::west_opt(8 * 3600) {
    Some(zone) => zone,
    None => panic!("eight hours are an offset"),
};

/// The settings of a [`Sandbox`], made by [`Sandbox::builder`].
///
/// ```
/// use talkable_sandbox::Sandbox;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let sandbox = Sandbox::builder().api_key("a-key").site("my-store").site("my-store-eu").start().await?;
/// assert_eq!(sandbox.site_slug(), "my-store");
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until it starts a sandbox"]
pub struct Builder {
    address: SocketAddr,
    public_url: Option<Url>,
    api_key: Option<String>,
    sites: Vec<String>,
    seed: u64,
    zone: FixedOffset,
    clock: Clock,
    trouble: Trouble,
    records_calls: bool,
    allow_remote_connections: bool,
    limits: Limits,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            api_key: None,
            sites: Vec::new(),
            seed: 1,
            zone: ZONE,
            clock: Clock::system(),
            trouble: Trouble::default(),
            records_calls: false,
            allow_remote_connections: false,
            limits: Limits::default(),
        }
    }

    /// Where it listens: a free port of `127.0.0.1` if not set. A sandbox that listens on all addresses, such as `0.0.0.0`, is
    /// called by the one of the loopback interface, unless it has a [public address](Self::public_url).
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// What others call it, `https://sandbox.example.com`: its links begin with that. The address that it listens on if not
    /// set.
    ///
    /// # Errors
    ///
    /// It is no address, or not one of HTTP or HTTPS; or links can't begin with it, as it holds a user, a query or a fragment.
    pub fn public_url(mut self, url: &str) -> Result<Self, Invalid> {
        let address = web_address(url)?;
        if !address.username().is_empty() || address.password().is_some() {
            return Err(Invalid::new("The public address holds a user or a password, which every link would show"));
        }
        if address.query().is_some() || address.fragment().is_some() {
            return Err(Invalid::new(format!("`{url}` holds a query or a fragment, and links can't go on after that")));
        }
        self.public_url = Some(address);
        Ok(self)
    }

    /// Lets it listen on an address that other machines reach, and be called by any name. Whoever reaches it can then open
    /// claim links, which need no key, until it is full. Whoever knows the key can let it send webhooks to machines that
    /// only this one reaches. Its key is drawn at random if none is set.
    pub fn allow_remote_connections(mut self) -> Self {
        self.allow_remote_connections = true;
        self
    }

    /// The key that calls must bring. If not set, it is derived from the seed, or drawn at random if other machines may
    /// connect or there is a [public address](Self::public_url).
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// One more site, with the data of the demo shop. Without any there is `my-store`.
    pub fn site(mut self, slug: impl Into<String>) -> Self {
        self.sites.push(slug.into());
        self
    }

    /// What codes and trouble are drawn from: the same seed gives the same ones.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The zone of its sites, in which they show times and count days: eight hours behind UTC if not set.
    pub fn zone(mut self, zone: FixedOffset) -> Self {
        self.zone = zone;
        self
    }

    /// The clock that it goes by: the machine's if not set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What goes wrong; nothing if not set.
    pub fn trouble(mut self, trouble: Trouble) -> Self {
        self.trouble = trouble;
        self
    }

    /// The longest that a client may take to send a head or a body, to read an answer, and to be silent; 30 seconds if not
    /// set.
    pub fn patience(mut self, time: Duration) -> Self {
        self.limits.patience = time;
        self
    }

    /// The most connections at once, 1,024 if not set. Others wait until one of them ends.
    pub fn most_connections(mut self, connections: usize) -> Self {
        self.limits.connections = connections;
        self
    }

    /// Keeps the newest calls for [`Sandbox::calls`].
    pub fn record_calls(mut self) -> Self {
        self.records_calls = true;
        self
    }

    /// The most bytes that each site remembers; 64 MiB if not set.
    pub fn most_bytes(mut self, bytes: usize) -> Self {
        self.limits.state = bytes;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// The address is taken or not this machine's, or it is no loopback address and
    /// [`allow_remote_connections`](Self::allow_remote_connections) was not called; or the trouble makes no sense.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !is_loopback(self.address.ip()) && !self.allow_remote_connections {
            let words = format!("{} can be reached from other machines, and that was not allowed", self.address.ip());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, words));
        }
        self.trouble.check()?;
        let is_known_to_others = self.allow_remote_connections || self.public_url.is_some();
        let listener = TcpListener::bind(self.address).await?;
        let (url, own_name) = called(self.public_url.as_ref(), listener.local_addr()?);
        let mut random = fastrand::Rng::with_seed(self.seed);
        let guessable = random.u64(..);
        let api_key = match self.api_key {
            Some(key) => key,
            None if is_known_to_others => format!("sandbox-{:016x}{:016x}", secret()?, secret()?),
            None => format!("sandbox-{guessable:016x}"),
        };
        let slugs = if self.sites.is_empty() { vec!["my-store".to_owned()] } else { self.sites };
        let mut sites = BTreeMap::new();
        for slug in &slugs {
            let mut site = Site::new(slug, &url, self.zone, self.clock.clone(), random.fork(), self.limits.state);
            seed::demo_shop(&mut site);
            sites.insert(slug.clone(), site);
        }
        let first = slugs.into_iter().next().unwrap_or_default();
        let troubles = Troubles::default();
        troubles.set(self.trouble);
        let shared = Shared {
            api_key,
            only_called: (!self.allow_remote_connections).then_some(own_name),
            limits: self.limits,
            clock: self.clock,
            troubles,
            record: Record::new(self.records_calls),
            answered: AtomicU64::new(0),
            large_bodies: Semaphore::new(self.limits.large_bodies),
            news: Notify::new(),
            sites: Mutex::new(sites),
        };
        Ok(Sandbox::run(listener, url, first, shared))
    }
}

/// All but the key.
impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Builder")
            .field("address", &self.address)
            .field("public_url", &self.public_url.as_ref().map(Url::as_str))
            .field("sites", &self.sites)
            .field("seed", &self.seed)
            .field("zone", &self.zone)
            .field("clock", &self.clock)
            .field("trouble", &self.trouble)
            .field("records_calls", &self.records_calls)
            .field("allow_remote_connections", &self.allow_remote_connections)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// What nobody can guess, unlike what is drawn from a seed.
fn secret() -> io::Result<u64> {
    Ok(getrandom::u64()?)
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The address that a sandbox is called by, and the name in that.
fn called(public: Option<&Url>, mut listens: SocketAddr) -> (String, String) {
    if let Some(url) = public {
        return (url.as_str().trim_end_matches('/').to_owned(), url.host_str().unwrap_or_default().to_owned());
    }
    // Nobody can call all addresses of a machine at once.
    match listens.ip() {
        IpAddr::V4(all) if all.is_unspecified() => listens.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(all) if all.is_unspecified() => listens.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    (format!("http://{listens}"), listens.ip().to_string())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::*;
    use crate::host;

    #[test]
    fn whoever_listens_on_all_addresses_is_called_by_one() {
        for (listens, url) in [
            ("0.0.0.0:7400", "http://127.0.0.1:7400"),
            ("[::]:7400", "http://[::1]:7400"),
            ("127.0.0.2:7400", "http://127.0.0.2:7400"),
            ("192.0.2.1:7400", "http://192.0.2.1:7400"),
        ] {
            assert_eq!(called(None, listens.parse().expect("it is an address")).0, url);
        }
    }

    #[test]
    fn a_public_address_is_kept_as_it_was_read() {
        for (given, url, name) in [
            ("https://sandbox.example.com/", "https://sandbox.example.com", "sandbox.example.com"),
            ("http://example.net:7400/shop/", "http://example.net:7400/shop", "example.net:7400"),
            ("http://[2001:DB8::1]:7400", "http://[2001:db8::1]:7400", "[2001:db8::1]:7400"),
            ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
            (" https://x.example", "https://x.example", "x.example"),
            ("http:x.example", "http://x.example", "x.example"),
        ] {
            let builder = Builder::new().public_url(given).expect("it is an address");
            let (address, own_name) = called(builder.public_url.as_ref(), builder.address);
            assert_eq!(address, url);
            for (name, is_known) in [(name, true), ("other.example", false)] {
                let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(name))]);
                assert_eq!(host::check(&headers, &own_name).is_ok(), is_known, "{given}: {name}");
            }
        }
    }
}
