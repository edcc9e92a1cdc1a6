//! Configures and starts a sandbox.

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

use super::{Sandbox, demo_shop};
use crate::activity::History;
use crate::faults::{FaultInjector, Faults};
use crate::http::OWN_PATHS;
use crate::settings::{Clock, InvalidSetting, Limits, LocalClock, parse_http_url};
use crate::shared::{MAX_LARGE_BODIES, Shared};
use crate::state::Site;

/// A builder that configures and starts a [`Sandbox`].
#[must_use = "a builder does nothing until it starts a sandbox"]
pub struct Builder {
    address: SocketAddr,
    public_url: Option<Url>,
    api_key: Option<String>,
    sites: Vec<String>,
    seed: u64,
    clock: LocalClock,
    faults: Faults,
    record_calls: bool,
    allow_remote_connections: bool,
    is_lenient: bool,
    limits: Limits,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            api_key: None,
            sites: Vec::new(),
            seed: 1,
            clock: LocalClock::default(),
            faults: Faults::default(),
            record_calls: false,
            allow_remote_connections: false,
            is_lenient: false,
            limits: Limits::default(),
        }
    }

    /// Sets the base URL for clients and links, such as `https://sandbox.example.com`. By default, the URL is
    /// derived from the address. If the URL has a path, a proxy can either remove it from requests or keep it.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is invalid, if its scheme is not `http` or `https`, if it has credentials, a query or a
    /// fragment, or if its path begins like a path of the sandbox, such as `/api`.
    pub fn public_url(mut self, url: &str) -> Result<Self, InvalidSetting> {
        let parsed = parse_http_url(url)?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(InvalidSetting::new(
                "the public URL has a user name or a password, which all links would contain",
            ));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(InvalidSetting::new(format!(
                "the public URL `{url}` has a query or a fragment, which can't be part of the base URL"
            )));
        }
        let first = parsed.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default();
        if OWN_PATHS.contains(&first) {
            return Err(InvalidSetting::new(format!(
                "the path of the public URL `{url}` begins with `/{first}`, which is a path of the sandbox itself\n\
                 help: choose another path, such as `/talkable`, or omit the path"
            )));
        }
        self.public_url = Some(parsed);
        Ok(self)
    }

    /// Allows the sandbox to listen on addresses reachable from other machines, and to accept requests for any host
    /// name. Anyone who can reach the sandbox can then open claim links, which require no key, and fill its memory.
    /// Anyone with the key can make the sandbox send webhooks to hosts reachable only from this machine. The API key is
    /// random unless [one is set](Self::api_key).
    pub fn allow_remote_connections(mut self) -> Self {
        self.allow_remote_connections = true;
        self
    }

    /// Sets the API key that requests must send. By default, the key is derived from the seed. It is random
    /// instead if remote connections are allowed or if a [public URL](Self::public_url) is set.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Adds a site with the demo shop's data. By default there is one site, `my-store`.
    pub fn site(mut self, slug: impl Into<String>) -> Self {
        self.sites.push(slug.into());
        self
    }

    /// Accepts requests like those of older clients: basic authentication with the key as the user name, origins without an
    /// e-mail address or a subtotal, and visitors without a UUID.
    pub fn lenient(mut self) -> Self {
        self.is_lenient = true;
        self
    }

    /// Records the most recent API calls. They are returned by [`Sandbox::calls`].
    pub fn record_calls(mut self) -> Self {
        self.record_calls = true;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not available, if it is reachable from other machines but [remote
    /// connections](Self::allow_remote_connections) are not allowed, or if [`Faults::check`] fails.
    pub async fn start(self) -> io::Result<Sandbox> {
        let ip = self.address.ip();
        if !ip.to_canonical().is_loopback() && !self.allow_remote_connections {
            let message = format!("other machines can reach {ip}, but remote connections are not allowed");
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
        self.faults.check()?;
        let is_public = self.allow_remote_connections || self.public_url.is_some();
        let listener = TcpListener::bind(self.address).await?;
        let (url, host) = url_and_host(self.public_url.as_ref(), listener.local_addr()?);
        let mut random = fastrand::Rng::with_seed(self.seed);
        let derived_key = format!("sandbox-{:016x}", random.u64(..));
        let api_key = match self.api_key {
            Some(key) => key,
            None if is_public => format!("sandbox-{:016x}{:016x}", getrandom::u64()?, getrandom::u64()?),
            None => derived_key,
        };
        let slugs = if self.sites.is_empty() { vec!["my-store".to_owned()] } else { self.sites };
        let mut sites = BTreeMap::new();
        for slug in &slugs {
            let mut site = Site {
                slug: slug.clone(),
                url: url.clone(),
                clock: self.clock.clone(),
                random: random.fork(),
                max_bytes: self.limits.site_bytes,
                ..Site::default()
            };
            demo_shop::fill(&mut site);
            sites.insert(slug.clone(), site);
        }
        let first_slug = slugs.into_iter().next().unwrap_or_default();
        let shared = Shared {
            api_key,
            required_host: (!self.allow_remote_connections).then_some(host),
            base_path: self.public_url.as_ref().map_or("", Url::path).trim_end_matches('/').to_owned(),
            is_lenient: self.is_lenient,
            limits: self.limits,
            clock: self.clock.clock,
            faults: Mutex::new(FaultInjector::new(self.faults)),
            calls: self.record_calls.then(Mutex::default),
            requests: History::default(),
            webhooks: History::default(),
            responses_sent: AtomicU64::new(0),
            large_bodies: Semaphore::new(MAX_LARGE_BODIES),
            wake_delivery: Notify::new(),
            delivery_ended: Notify::new(),
            sites: Mutex::new(sites),
        };
        Sandbox::run(listener, url, first_slug, shared)
    }
}

/// Declares setters. Each row contains the name of a setter, the type of its argument, and the field to set.
macro_rules! setters {
    ($($(#[$documentation:meta])+ $name:ident: $setting:ty => $($field:ident).+;)+) => {
        impl Builder {
            $($(#[$documentation])+
            pub fn $name(mut self, $name: $setting) -> Self {
                self.$($field).+ = $name;
                self
            })+
        }
    };
}

setters! {
    /// Sets the address to listen on. The default is a free port on `127.0.0.1`. If the address is unspecified, such as
    /// `0.0.0.0`, [`Sandbox::url`] contains the loopback address instead, unless a [public URL](Self::public_url) is
    /// set.
    address: SocketAddr => address;
    /// Sets the seed for random codes and for the default API key.
    seed: u64 => seed;
    /// Sets the UTC offset of all sites, which determines the times in responses and the days in metrics. The default
    /// is -08:00.
    utc_offset: FixedOffset => clock.utc_offset;
    /// Sets the clock. The default is the system clock.
    clock: Clock => clock.clock;
    /// Sets the faults to inject.
    faults: Faults => faults;
    /// Sets the timeout for slow and idle clients. It limits the time that a client can take to send a request's
    /// head or body, to read a response, and to send the next request on an open connection. The default is 30 seconds.
    client_timeout: Duration => limits.client_timeout;
    /// Sets the maximum number of concurrent connections. The default is 1,024. Further connections must wait.
    max_connections: usize => limits.connections;
    /// Sets the maximum total size of a site's records. The default is 64 MiB.
    max_site_bytes: usize => limits.site_bytes;
}

/// Formats the builder without the API key.
impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Builder")
            .field("address", &self.address)
            .field("public_url", &self.public_url.as_ref().map(Url::as_str))
            .field("sites", &self.sites)
            .field("clock", &self.clock)
            .field("faults", &self.faults)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Returns the base URL for clients, and the host name in that URL.
fn url_and_host(public_url: Option<&Url>, mut address: SocketAddr) -> (String, String) {
    if let Some(url) = public_url {
        return (url.as_str().trim_end_matches('/').to_owned(), url.host_str().unwrap_or_default().to_owned());
    }
    // Clients can't connect to an unspecified address such as `0.0.0.0`.
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    (format!("http://{address}"), address.ip().to_string())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::*;
    use crate::http::check_host;

    #[test]
    fn replaces_an_unspecified_address_with_loopback() {
        for (address, url) in [
            ("0.0.0.0:7400", "http://127.0.0.1:7400"),
            ("[::]:7400", "http://[::1]:7400"),
            ("127.0.0.2:7400", "http://127.0.0.2:7400"),
            ("192.0.2.1:7400", "http://192.0.2.1:7400"),
        ] {
            assert_eq!(url_and_host(None, address.parse().expect("the address is valid")).0, url);
        }
    }

    #[test]
    fn normalizes_the_public_url_and_accepts_its_host() {
        for (given, url, name) in [
            ("https://sandbox.example.com/", "https://sandbox.example.com", "sandbox.example.com"),
            ("http://example.net:7400/shop/", "http://example.net:7400/shop", "example.net:7400"),
            ("http://[2001:DB8::1]:7400", "http://[2001:db8::1]:7400", "[2001:db8::1]:7400"),
            ("https://bücher.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
            (" https://x.example", "https://x.example", "x.example"),
            ("http:x.example", "http://x.example", "x.example"),
        ] {
            let builder = Builder::new().public_url(given).expect("the URL is valid");
            let (parsed, host) = url_and_host(builder.public_url.as_ref(), builder.address);
            assert_eq!(parsed, url);
            for (name, is_accepted) in [(name, true), ("other.example", false)] {
                let headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(name))]);
                assert_eq!(check_host(&headers, Some(&host)).is_ok(), is_accepted, "{given}: {name}");
            }
        }
    }
}
