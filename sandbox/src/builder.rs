//! How a sandbox is set up.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use chrono::FixedOffset;
use tokio::net::TcpListener;
use tokio::sync::{Notify, Semaphore};

use crate::clock::Clock;
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
#[derive(Debug)]
#[must_use = "a builder does nothing until it starts a sandbox"]
pub struct Builder {
    address: SocketAddr,
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

    /// Where it listens: a free port of `127.0.0.1` if not set.
    pub fn address(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Lets it listen on an address that other machines reach. Whoever knows the key can then fill its memory.
    pub fn allow_remote_connections(mut self) -> Self {
        self.allow_remote_connections = true;
        self
    }

    /// The key that calls must bring; derived from the seed if not set.
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
    /// [`allow_remote_connections`](Self::allow_remote_connections) was not called.
    pub async fn start(self) -> io::Result<Sandbox> {
        if !is_loopback(self.address.ip()) && !self.allow_remote_connections {
            let words = format!("{} can be reached from other machines, and that was not allowed", self.address.ip());
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, words));
        }
        let listener = TcpListener::bind(self.address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut random = fastrand::Rng::with_seed(self.seed);
        let api_key = self.api_key.unwrap_or_else(|| format!("sandbox-{:016x}", random.u64(..)));
        let slugs = if self.sites.is_empty() { vec!["my-store".to_owned()] } else { self.sites };
        let mut sites = BTreeMap::new();
        for slug in &slugs {
            let mut site = Site::new(slug, &url, self.zone, self.clock.clone(), random.fork());
            seed::demo_shop(&mut site);
            sites.insert(slug.clone(), site);
        }
        let first = slugs.into_iter().next().unwrap_or_default();
        let troubles = Troubles::default();
        troubles.set(self.trouble);
        let shared = Shared {
            api_key,
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

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}
