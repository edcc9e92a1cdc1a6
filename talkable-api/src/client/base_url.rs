//! The validated base URL, and the HTTP client settings that depend on it.

use std::net::IpAddr;

use reqwest::redirect::Policy;
use reqwest::{ClientBuilder as HttpClientBuilder, Url};

use super::connection;
use crate::error::InvalidError;
use crate::observe::host;

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
        // `Request` puts this path before the operation's path. `Url::join` would parse a path that starts with `//` as another
        // host.
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
        let builder = connection::settings(builder).redirect(Policy::none()).https_only(!self.is_plain);
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
