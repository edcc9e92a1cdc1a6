//! The settings of a client.
//!
//! ```
//! # use std::time::Duration;
//! use talkable_api::Client;
//!
//! let client = Client::builder()
//!     .api_key("a-key-of-your-site")
//!     .site_slug("my-store")
//!     .timeout(Duration::from_secs(10))
//!     .build()?;
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::fmt;
use std::time::Duration;

use reqwest::ClientBuilder as HttpClientBuilder;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

use super::base_url::BaseUrl;
use super::{Client, Settings};
use crate::error::{Error, InvalidError};
use crate::key::ApiKey;
use crate::transport::Limits;

const BASE_URL: &str = "https://www.talkable.com";
const PRODUCT: &str = concat!("talkable-api-rust/", env!("CARGO_PKG_VERSION"));

/// Settings for a [`Client`]. Key and site are needed, all else has a default.
///
/// ```
/// let builder = talkable_api::Client::builder().api_key("a-key-of-your-site").site_slug("my-store");
/// let client = builder.build()?;
/// # Ok::<(), talkable_api::Error>(())
/// ```
#[must_use]
pub struct ClientBuilder {
    api_key: Option<SecretString>,
    site_slug: Option<String>,
    base_url: String,
    allow_plain_http: bool,
    user_agent: Option<String>,
    timeout: Duration,
    deadline: Duration,
    connect_timeout: Duration,
    limits: Limits,
    http: Http,
}

enum Http {
    Default,
    Builder(Box<HttpClientBuilder>),
    Client(reqwest::Client),
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            api_key: None,
            site_slug: None,
            base_url: BASE_URL.to_owned(),
            allow_plain_http: false,
            user_agent: None,
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(5 * 60),
            connect_timeout: Duration::from_secs(10),
            limits: Limits { read_timeout: Duration::from_secs(20), response_limit: 16 * 1024 * 1024 },
            http: Http::Default,
        }
    }

    /// Settings from variables as [`Client::from_env`] reads them, wherever they come from.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// let secrets = HashMap::from([("TALKABLE_API_KEY", "a-key"), ("TALKABLE_SITE_SLUG", "my-store")]);
    /// let client = talkable_api::ClientBuilder::from_variables(|name| secrets.get(name).copied()).build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn from_variables<T: Into<String>>(lookup: impl Fn(&str) -> Option<T>) -> Self {
        let read = |name| lookup(name).map(Into::into);
        Self {
            api_key: read("TALKABLE_API_KEY").map(SecretString::from),
            site_slug: read("TALKABLE_SITE_SLUG"),
            base_url: read("TALKABLE_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned()),
            ..Self::new()
        }
    }

    /// The key of the site.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().api_key("a-key-of-your-site");
    /// ```
    pub fn api_key(self, api_key: impl Into<SecretString>) -> Self {
        Self { api_key: Some(api_key.into()), ..self }
    }

    /// The site, as the dashboard names it.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().site_slug("my-store");
    /// ```
    pub fn site_slug(self, site_slug: impl Into<String>) -> Self {
        Self { site_slug: Some(site_slug.into()), ..self }
    }

    /// Where the API is, without `/api/v2`. The default is `https://www.talkable.com`.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().base_url("http://localhost:3000");
    /// ```
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), ..self }
    }

    /// Lets the key travel without encryption. Only a base URL on the loopback interface may do that unasked.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().base_url("http://proxy.internal").allow_plain_http();
    /// ```
    pub fn allow_plain_http(self) -> Self {
        Self { allow_plain_http: true, ..self }
    }

    /// Names your own program to the API, after the name of these bindings.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().user_agent("my-shop/1.2");
    /// ```
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Limits one attempt, from connecting to the last byte of the answer. The default is 30 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().timeout(Duration::from_secs(10));
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Limits a call with all its attempts and waits. The default is 5 minutes.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().deadline(Duration::from_secs(60));
    /// ```
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Limits connecting. The default is 10 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().connect_timeout(Duration::from_secs(2));
    /// ```
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Limits the silence between two pieces of an answer's body. The default is 20 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().read_timeout(Duration::from_secs(5));
    /// ```
    pub fn read_timeout(mut self, read_timeout: Duration) -> Self {
        self.limits.read_timeout = read_timeout;
        self
    }

    /// Limits the bytes of one answer, counted after decompression. The default is 16 MiB.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().response_limit(64 * 1024 * 1024);
    /// ```
    pub fn response_limit(mut self, response_limit: usize) -> Self {
        self.limits.response_limit = response_limit;
        self
    }

    /// Takes your own settings for the HTTP client, of the reqwest that this crate uses: proxies, certificates, name
    /// resolution. Our policy is set on top: no redirects, https only, and the timeout for connecting.
    ///
    /// ```
    /// let proxy = reqwest::Proxy::all("http://proxy.internal:8080")?;
    /// let http = reqwest::Client::builder().proxy(proxy);
    /// let builder = talkable_api::Client::builder().http_client_builder(http);
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    pub fn http_client_builder(self, builder: reqwest::ClientBuilder) -> Self {
        Self { http: Http::Builder(Box::new(builder)), ..self }
    }

    /// Takes an HTTP client as it is, and hands its guarantees over to you: one that follows redirects may show the key
    /// to others, and the timeout for connecting is its own.
    ///
    /// ```
    /// let http = reqwest::Client::new();
    /// let builder = talkable_api::Client::builder().http_client(http);
    /// ```
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { http: Http::Client(client), ..self }
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a setting is missing or unfit.
    ///
    /// ```
    /// let client = talkable_api::Client::builder().api_key("a-key-of-your-site").site_slug("my-store").build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn build(self) -> Result<Client, Error> {
        let missing = |name| InvalidError::new(name, "it is missing");
        let key = ApiKey::new(self.api_key.ok_or_else(|| missing("api_key"))?)?;
        let site_slug = self.site_slug.ok_or_else(|| missing("site_slug"))?;
        if site_slug.is_empty() {
            return Err(InvalidError::new("site_slug", "it is empty").into());
        }
        let base_url = BaseUrl::parse(&self.base_url, self.allow_plain_http)?;
        let policy = |builder| base_url.policy(builder).connect_timeout(self.connect_timeout).build();
        let http = match self.http {
            Http::Client(client) => Ok(client),
            Http::Builder(builder) => policy(*builder),
            Http::Default => policy(HttpClientBuilder::new()),
        };
        let settings = Settings {
            // The causes are certificates and proxies of the caller's, and the message may quote them.
            http: http.map_err(|_| InvalidError::new("http_client_builder", "no HTTP client can be set up with it"))?,
            base_url: base_url.into_text(),
            user_agent: user_agent(self.user_agent.as_deref())?,
            timeout: self.timeout,
            deadline: self.deadline,
            limits: self.limits,
        };
        Ok(Client::assemble(key, &site_slug, settings))
    }
}

fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, InvalidError> {
    let Some(suffix) = suffix else {
        return Ok(HeaderValue::from_static(PRODUCT));
    };
    let is_visible = suffix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let header = HeaderValue::from_str(&format!("{PRODUCT} {suffix}")).ok().filter(|_| is_visible);
    header.ok_or_else(|| InvalidError::new("user_agent", "it holds more than visible ASCII and spaces"))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ClientBuilder");
        shown.field("base_url", &self.base_url).field("site_slug", &self.site_slug);
        shown.field("timeout", &self.timeout).field("deadline", &self.deadline).field("limits", &self.limits);
        shown.finish_non_exhaustive()
    }
}
