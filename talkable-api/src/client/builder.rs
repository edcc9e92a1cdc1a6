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

mod hooks;
mod limits;
mod tls;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use reqwest::ClientBuilder as HttpClientBuilder;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

use super::base_url::BaseUrl;
use super::{Client, Settings};
use crate::decode::json_depth;
use crate::error::{Error, InvalidError};
use crate::observe::Hooks;
use crate::send::key::KeySource;
use crate::send::retry_loop::RetryLimits;
use crate::send::throttle;
use crate::send::transport::Limits;

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
    /// Whether the settings were read from variables, which the words of an error name then.
    from_variables: bool,
    key: Option<Key>,
    site_slug: Option<String>,
    base_url: String,
    allow_plain_http: bool,
    user_agent: Option<String>,
    timeout: Duration,
    deadline: Duration,
    connect_timeout: Duration,
    retry_limits: RetryLimits,
    throttle: throttle::Limits,
    limits: Limits,
    json_depth_limit: usize,
    hooks: Hooks,
    http: Http,
}

enum Key {
    Given(SecretString),
    Asked(Box<dyn Fn() -> Option<SecretString> + Send + Sync>),
}

enum Http {
    Default,
    Builder(Box<HttpClientBuilder>),
    Client(reqwest::Client),
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            from_variables: false,
            key: None,
            site_slug: None,
            base_url: BASE_URL.to_owned(),
            allow_plain_http: false,
            user_agent: None,
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(5 * 60),
            connect_timeout: Duration::from_secs(10),
            limits: Limits { read_timeout: Duration::from_secs(20), response_limit: 16 * 1024 * 1024 },
            retry_limits: RetryLimits::default(),
            throttle: throttle::Limits::default(),
            json_depth_limit: json_depth::MOST,
            hooks: Hooks::default(),
            http: Http::Default,
        }
    }

    /// Settings from variables as [`Client::from_env`] reads them, wherever they come from. One that is empty isn't set.
    ///
    /// ```
    /// # use std::collections::HashMap;
    /// let secrets = HashMap::from([("TALKABLE_API_KEY", "a-key"), ("TALKABLE_SITE_SLUG", "my-store")]);
    /// let client = talkable_api::ClientBuilder::from_variables(|name| secrets.get(name).copied()).build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn from_variables<T: Into<String>>(lookup: impl Fn(&str) -> Option<T>) -> Self {
        let read = |name| lookup(name).map(Into::into).filter(|text| !text.is_empty());
        Self {
            from_variables: true,
            key: read("TALKABLE_API_KEY").map(|text| Key::Given(text.into())),
            site_slug: read("TALKABLE_SITE_SLUG"),
            base_url: read("TALKABLE_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned()),
            ..Self::new()
        }
    }

    /// The API key, which the dashboard of Talkable shows. It is neither the public key of apps nor the key of webhooks.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().api_key("a-key-of-your-site");
    /// ```
    pub fn api_key(self, api_key: impl Into<SecretString>) -> Self {
        Self { key: Some(Key::Given(api_key.into())), ..self }
    }

    /// Asks for the key before every attempt, in place of [`api_key`](Self::api_key), for keys that are rotated by
    /// something else than [`Client::set_api_key`].
    ///
    /// The provider has to answer at once, so it hands out what it holds; fetching is done elsewhere. It is asked once more
    /// at the beginning of a call, so that no call waits for its turn without a key: if there is none then, if it can't be
    /// sent, or if the provider panics, nothing is sent and the call ends with [`Error::Invalid`]. Later on, a call goes
    /// on with the key that it had. The key itself is never shown.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use talkable_api::{Client, SecretString};
    ///
    /// let newest: Arc<RwLock<SecretString>> = Arc::new(RwLock::new("a-key-of-your-site".into()));
    /// let provider = Arc::clone(&newest);
    /// let client = Client::builder()
    ///     .key_provider(move || Some(provider.read().ok()?.clone()))
    ///     .site_slug("my-store")
    ///     .build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn key_provider(self, provider: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self { key: Some(Key::Asked(Box::new(provider))), ..self }
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

    /// Takes your own settings for the HTTP client, of the reqwest that this crate uses: proxies, certificates, name
    /// resolution.
    ///
    /// Our policy is set on top, whatever the settings say: redirects are not followed, connections other than https are
    /// refused unless the base URL was let through as such, idle connections are closed before servers do it, the
    /// timeout for connecting is that of [`connect_timeout`](Self::connect_timeout), a server on this machine is reached
    /// without a proxy, and the bytes of connections aren't logged, as the key is among them. All headers of ours take
    /// precedence over `default_headers`.
    ///
    /// What you loosen about certificates stays loose. Leave `retry` alone: what reqwest sends again by itself is neither
    /// counted nor held back by the throttle.
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

    /// Takes an HTTP client as it is, and hands its guarantees over to you.
    ///
    /// What [`http_client_builder`](Self::http_client_builder) sets on top isn't set here: a client that follows
    /// redirects may show the key to other servers and turn a POST into a GET, one with `connection_verbose` writes the
    /// key to the log, and [`connect_timeout`](Self::connect_timeout) has no effect. What holds all the same, as it
    /// doesn't depend on the client: the check of the base URL, the limits of time and size, and what is sent again.
    ///
    /// ```
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let builder = talkable_api::Client::builder().http_client(http);
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { http: Http::Client(client), ..self }
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a setting is missing or unfit, or if TLS can't be set up.
    ///
    /// ```
    /// let client = talkable_api::Client::builder().api_key("a-key-of-your-site").site_slug("my-store").build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn build(self) -> Result<Client, Error> {
        let missing = |name, variable| {
            let in_variables = self.from_variables.then(|| format!("the variable {variable} isn't set").into());
            InvalidError::new(name, in_variables.unwrap_or(Cow::Borrowed("it is missing")))
        };
        let keys = match self.key.ok_or_else(|| missing("api_key", "TALKABLE_API_KEY"))? {
            Key::Given(secret) => KeySource::given(secret)?,
            Key::Asked(provider) => KeySource::asked(provider),
        };
        limits::check(self.retry_limits.attempts, &self.throttle)?;
        let json_depth_limit = limits::json_depth(self.json_depth_limit)?;
        let site_slug = self.site_slug.ok_or_else(|| missing("site_slug", "TALKABLE_SITE_SLUG"))?;
        if site_slug.is_empty() {
            return Err(InvalidError::new("site_slug", "it is empty").into());
        }
        let base_url = BaseUrl::parse(&self.base_url, self.allow_plain_http)?;
        if !matches!(self.http, Http::Client(_)) && !tls::is_ready() {
            let cure = "no cryptography is installed; call `install_default` of a rustls `CryptoProvider` first";
            return Err(InvalidError::new("tls", cure).into());
        }
        let policy = |builder| base_url.policy(builder).connect_timeout(self.connect_timeout).build();
        // The causes are left out: they are certificates and proxies of the caller's, and the message may quote them.
        let http = match self.http {
            Http::Client(client) => client,
            Http::Builder(builder) => policy(*builder)
                .map_err(|_| InvalidError::new("http_client_builder", "no HTTP client can be set up with it"))?,
            Http::Default => policy(HttpClientBuilder::new()).map_err(|_| {
                InvalidError::new("tls", "this machine has no certificates of authorities that can be read")
            })?,
        };
        let (base_url, server) = base_url.into_parts();
        let settings = Settings {
            http,
            base_url,
            server,
            user_agent: user_agent(self.user_agent.as_deref())?,
            timeout: self.timeout,
            deadline: self.deadline,
            retry_limits: self.retry_limits,
            throttle: self.throttle,
            limits: self.limits,
            json_depth_limit,
            hooks: self.hooks,
        };
        Ok(Client::assemble(keys, &site_slug, settings))
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
        shown.field("retry_limits", &self.retry_limits).field("throttle", &self.throttle);
        shown.finish_non_exhaustive()
    }
}
