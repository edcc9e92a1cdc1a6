//! The validated base URL, and the HTTP client settings that depend on it.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{ClientBuilder as HttpClientBuilder, Url};

use crate::error::InvalidError;
use crate::observe::host;

/// The time after which idle connections are closed.
///
/// Servers and proxies close idle connections after a minute or more. This time is shorter, because a request fails if
/// the server closes the connection while the request is being sent.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// The time between two HTTP/2 PINGs while requests are in flight.
///
/// All requests to a server share one HTTP/2 connection. Without PINGs, requests would be sent over a connection that has gone silent
/// until the first of them times out. The interval and the timeout together are shorter than the default timeout of an attempt.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// The time after which a connection is closed if the server does not respond to a PING.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// A valid base URL.
pub(super) struct BaseUrl {
    pub(super) url: Url,
    is_plain: bool,
    is_loopback: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: &str, allow_plain_http: bool) -> Result<Self, InvalidError> {
        let invalid = |reason| InvalidError::new("base_url", reason);
        let mut url = Url::parse(text).map_err(|_| invalid("not a URL"))?;
        let is_loopback = is_loopback(&url);
        let is_plain = match url.scheme() {
            "https" => false,
            "http" if is_loopback || allow_plain_http => true,
            "http" => {
                return Err(invalid(
                    "plain http exposes the key to the network; help: use https, or call `allow_plain_http`",
                ));
            }
            _ => return Err(invalid("the scheme must be https or http")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("must not contain a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not contain a query or a fragment"));
        }
        // Requests are joined to the base URL by path. A path that begins with `//` would be read as another host.
        if url.path().contains("//") {
            return Err(invalid("the path must not contain `//`"));
        }
        // Remove the version, because the operations' paths already include it.
        let prefix = url.path().trim_end_matches('/');
        let prefix = prefix.strip_suffix("/api/v2").unwrap_or(prefix).to_owned();
        url.set_path(&prefix);
        Ok(Self { url, is_plain, is_loopback })
    }

    /// Applies the settings that the caller cannot change.
    pub(super) fn policy(&self, builder: HttpClientBuilder) -> HttpClientBuilder {
        let builder = builder.http2_keep_alive_interval(PING_INTERVAL).http2_keep_alive_timeout(PING_TIMEOUT);
        let builder = builder.redirect(Policy::none()).https_only(!self.is_plain).pool_idle_timeout(POOL_IDLE);
        // Verbose connections log all bytes, including the key.
        let builder = builder.connection_verbose(false);
        // Plain http is allowed for loopback addresses, so a proxy could read the key.
        if self.is_loopback { builder.no_proxy() } else { builder }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = host(url);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
