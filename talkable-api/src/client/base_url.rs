//! Where requests may go, and what is due to that place.
//!
//! ```
//! let builder = talkable_api::Client::builder().api_key("a-key-of-your-site").site_slug("my-store");
//! let error = builder.base_url("http://www.talkable.com").build().unwrap_err();
//! assert!(error.to_string().contains("plain http would show the key to the network"));
//! ```

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{ClientBuilder as HttpClientBuilder, Url};

use super::Server;
use crate::error::InvalidError;

/// Servers and proxies close idle connections after a minute or more. One that is closed just when a request goes out
/// breaks that request, so ours are closed earlier.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A base URL that is fit to be sent to.
pub(super) struct BaseUrl {
    url: Url,
    server: Server,
    is_plain: bool,
    is_loopback: bool,
}

impl BaseUrl {
    pub(super) fn parse(text: &str, allow_plain_http: bool) -> Result<Self, InvalidError> {
        let unfit = |reason| InvalidError::new("base_url", reason);
        let mut url = Url::parse(text).map_err(|_| unfit("it isn't a URL"))?;
        let is_loopback = is_loopback(&url);
        let is_plain = match url.scheme() {
            "https" => false,
            "http" if is_loopback || allow_plain_http => true,
            "http" => {
                return Err(unfit("plain http would show the key to the network; see ClientBuilder::allow_plain_http"));
            }
            _ => return Err(unfit("it is neither https nor http")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(unfit("it holds a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(unfit("it holds a query or a fragment"));
        }
        // What is relative to the base and begins with two slashes would name another host.
        if url.path().contains("//") {
            return Err(unfit("its path has two slashes in a row"));
        }
        // Operations bring the version themselves.
        let prefix = url.path().trim_end_matches('/');
        let prefix = prefix.strip_suffix("/api/v2").unwrap_or(prefix).to_owned();
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        let server = Server { host, port: url.port_or_known_default() };
        url.set_path(&prefix);
        Ok(Self { url, server, is_plain, is_loopback })
    }

    pub(super) fn into_parts(self) -> (Url, Server) {
        (self.url, self.server)
    }

    /// What every request is bound to, whoever has set up the rest.
    pub(super) fn policy(&self, builder: HttpClientBuilder) -> HttpClientBuilder {
        let builder = builder.redirect(Policy::none()).https_only(!self.is_plain).pool_idle_timeout(POOL_IDLE);
        // Verbose connections write all bytes to the log, and the key is among them.
        let builder = builder.connection_verbose(false);
        // A proxy has nothing to do with a server on this machine, and would see the key in plain text.
        if self.is_loopback { builder.no_proxy() } else { builder }
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
