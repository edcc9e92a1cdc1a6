//! The settings of a client.

mod hooks;
mod limits;
mod tls;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use reqwest::ClientBuilder as HttpClientBuilder;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

use super::Client;
use super::base_url::BaseUrl;
use crate::decode::json_depth;
use crate::error::{Error, InvalidError};
use crate::observe::Hooks;
use crate::request::RequestHooks;
use crate::send::{Context, KeySource, ResponseLimits, RetryLimits, Settings, throttle};

const BASE_URL: &str = "https://www.talkable.com";
const PRODUCT: &str = concat!("talkable-api-rust/", env!("CARGO_PKG_VERSION"));

/// Builds a [`Client`]. Only the key and the site are required.
#[must_use]
pub struct ClientBuilder {
    /// Whether the settings come from variables, so that errors name those.
    from_variables: bool,
    key: Option<Key>,
    site_slug: Option<String>,
    base_url: String,
    allow_plain_http: bool,
    user_agent: Option<String>,
    connect_timeout: Duration,
    limits: RetryLimits,
    throttle: throttle::Limits,
    response: ResponseLimits,
    json_depth_limit: usize,
    hooks: Hooks,
    request_hooks: RequestHooks,
    http: Http,
}

enum Key {
    Fixed(SecretString),
    Provided(Box<dyn Fn() -> Option<SecretString> + Send + Sync>),
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
            connect_timeout: Duration::from_secs(10),
            limits: RetryLimits::default(),
            throttle: throttle::Limits::default(),
            response: ResponseLimits { read_timeout: Duration::from_secs(20), size: 16 * 1024 * 1024 },
            json_depth_limit: json_depth::MAX,
            hooks: Hooks::default(),
            request_hooks: RequestHooks::default(),
            http: Http::Default,
        }
    }

    /// Reads the variables of [`Client::from_env`] from another source. An empty variable counts as not set.
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
            key: read("TALKABLE_API_KEY").map(|text| Key::Fixed(text.into())),
            site_slug: read("TALKABLE_SITE_SLUG"),
            base_url: read("TALKABLE_BASE_URL").unwrap_or_else(|| BASE_URL.to_owned()),
            ..Self::new()
        }
    }

    /// Sets the API key from Talkable's dashboard. It is neither the public key of apps nor the key of webhooks.
    pub fn api_key(self, api_key: impl Into<SecretString>) -> Self {
        Self { key: Some(Key::Fixed(api_key.into())), ..self }
    }

    /// Sets a function that returns the key for every attempt, instead of [`api_key`](Self::api_key). Use it for keys that
    /// are rotated by other means than [`Client::set_api_key`].
    ///
    /// The function runs while the call is polled, so it must not block: return a key that is loaded elsewhere. It also
    /// runs at the beginning of a call. If it returns no valid key then, or panics, nothing is sent, and the call fails with
    /// [`Error::Invalid`]. A later failure leaves the call with the key that it had.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use talkable_api::{Client, SecretString};
    ///
    /// let current: Arc<RwLock<SecretString>> = Arc::new(RwLock::new("a-key-of-your-site".into()));
    /// let provider = Arc::clone(&current);
    /// let client = Client::builder()
    ///     .key_provider(move || Some(provider.read().ok()?.clone()))
    ///     .site_slug("my-store")
    ///     .build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn key_provider(self, provider: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self { key: Some(Key::Provided(Box::new(provider))), ..self }
    }

    /// Sets the site, by its slug in the dashboard.
    pub fn site_slug(self, site_slug: impl Into<String>) -> Self {
        Self { site_slug: Some(site_slug.into()), ..self }
    }

    /// Sets the address of the API, without `/api/v2`. The default is `https://www.talkable.com`.
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), ..self }
    }

    /// Allows a base URL with plain http, which exposes the key to the network. Loopback addresses are always allowed.
    pub fn allow_plain_http(self) -> Self {
        Self { allow_plain_http: true, ..self }
    }

    /// Appends the name of your program to the `User-Agent`.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Sets up the HTTP client with a builder of this crate's reqwest, for proxies, certificates and name resolution.
    ///
    /// Some settings are fixed: redirects are not followed, connections other than https are refused unless the base URL
    /// allows them, idle connections are closed before servers do so, [`connect_timeout`](Self::connect_timeout) applies,
    /// loopback addresses are reached without a proxy, and connections are not logged, because they contain the key. The
    /// headers of this crate take precedence over `default_headers`.
    ///
    /// Certificate checks that you disable stay disabled. Do not set `retry`: the throttle neither counts nor delays what
    /// reqwest resends.
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

    /// Uses an HTTP client as it is, without the fixed settings of [`http_client_builder`](Self::http_client_builder).
    ///
    /// A client that follows redirects may send the key to other servers and turn a POST into a GET, one with
    /// `connection_verbose` logs the key, and [`connect_timeout`](Self::connect_timeout) has no effect. The check of the
    /// base URL, the limits of time and size, and the retries do not depend on the client.
    ///
    /// ```
    /// let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    /// let builder = talkable_api::Client::builder().http_client(http);
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { http: Http::Client(client), ..self }
    }

    /// Builds the client without sending anything.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a setting is missing or invalid, or if TLS can't be set up.
    pub fn build(self) -> Result<Client, Error> {
        let missing = |name, variable| {
            let reason = self.from_variables.then(|| format!("{variable} is not set").into());
            InvalidError::new(name, reason.unwrap_or(Cow::Borrowed("it is not set")))
        };
        let keys = match self.key.ok_or_else(|| missing("api_key", "TALKABLE_API_KEY"))? {
            Key::Fixed(secret) => KeySource::fixed(secret)?,
            Key::Provided(provider) => KeySource::provided(provider),
        };
        limits::check(self.limits.attempts, &self.throttle)?;
        let json_depth_limit = limits::json_depth(self.json_depth_limit)?;
        let site_slug = self.site_slug.ok_or_else(|| missing("site_slug", "TALKABLE_SITE_SLUG"))?;
        if site_slug.is_empty() {
            return Err(InvalidError::new("site_slug", "it is empty").into());
        }
        let base_url = BaseUrl::parse(&self.base_url, self.allow_plain_http)?;
        if !matches!(self.http, Http::Client(_)) && !tls::is_ready() {
            let reason = "no CryptoProvider is installed; help: call `install_default` of one of rustls";
            return Err(InvalidError::new("tls", reason).into());
        }
        let policy = |builder| base_url.policy(builder).connect_timeout(self.connect_timeout).build();
        // The sources are dropped, because their messages may quote certificates and proxies of the caller.
        let http = match self.http {
            Http::Client(client) => client,
            Http::Builder(builder) => policy(*builder)
                .map_err(|_| InvalidError::new("http_client_builder", "it can't build an HTTP client"))?,
            Http::Default => policy(HttpClientBuilder::new())
                .map_err(|_| InvalidError::new("tls", "no root certificates can be read on this machine"))?,
        };
        let (base_url, server) = base_url.into_parts();
        let settings = Settings {
            http,
            base_url,
            server,
            user_agent: user_agent(self.user_agent.as_deref())?,
            limits: self.limits,
            throttle: self.throttle,
            response: self.response,
            json_depth_limit,
            hooks: self.hooks,
            request_hooks: self.request_hooks,
        };
        Ok(Client { context: Context::new(keys, &site_slug, settings) })
    }
}

fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, InvalidError> {
    let Some(suffix) = suffix else {
        return Ok(HeaderValue::from_static(PRODUCT));
    };
    let is_visible = suffix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let header = HeaderValue::from_str(&format!("{PRODUCT} {suffix}")).ok().filter(|_| is_visible);
    header.ok_or_else(|| InvalidError::new("user_agent", "it contains a character other than visible ASCII and spaces"))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ClientBuilder");
        shown.field("base_url", &self.base_url).field("site_slug", &self.site_slug);
        shown.field("limits", &self.limits).field("throttle", &self.throttle).field("response", &self.response);
        shown.finish_non_exhaustive()
    }
}
