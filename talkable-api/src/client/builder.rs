//! The client builder.

mod settings;
mod tls;

use std::fmt;
use std::time::Duration;

use reqwest::ClientBuilder as HttpClientBuilder;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

use super::Client;
use super::base_url::BaseUrl;
use crate::error::{Error, InvalidError};
use crate::request::DEFAULT_BASE_URL;
use crate::send::{Connection, Context, KeySource, Pools, Settings};

const PRODUCT: &str = concat!("talkable-api-rust/", env!("CARGO_PKG_VERSION"));

/// A builder for a [`Client`]. Only the key and the site are required.
#[must_use]
pub struct ClientBuilder {
    /// Whether the error for a missing setting names the environment variable.
    from_variables: bool,
    keys: Option<Result<KeySource, InvalidError>>,
    site_slug: Option<String>,
    base_url: String,
    allow_plain_http: bool,
    user_agent: Option<String>,
    connect_timeout: Duration,
    settings: Settings,
    http: Http,
}

enum Http {
    Default,
    Builder(Box<dyn Fn() -> HttpClientBuilder + Send + Sync>),
    Client(reqwest::Client),
}

impl ClientBuilder {
    pub(super) fn new() -> Self {
        Self {
            from_variables: false,
            keys: None,
            site_slug: None,
            base_url: DEFAULT_BASE_URL.to_owned(),
            allow_plain_http: false,
            user_agent: None,
            connect_timeout: Duration::from_secs(10),
            settings: Settings::default(),
            http: Http::Default,
        }
    }

    /// Creates a builder from the same environment variables as [`Client::from_env`]. An empty variable counts as unset.
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Creates a builder like [`from_env`](Self::from_env), but reads the variables with `lookup`.
    pub fn from_variables<T: Into<String>>(lookup: impl Fn(&str) -> Option<T>) -> Self {
        let read = |name| lookup(name).map(Into::into).filter(|text| !text.is_empty());
        Self {
            from_variables: true,
            keys: read("TALKABLE_API_KEY").map(|text| KeySource::fixed(text.into())),
            site_slug: read("TALKABLE_SITE_SLUG"),
            base_url: read("TALKABLE_BASE_URL").unwrap_or_else(|| DEFAULT_BASE_URL.to_owned()),
            ..Self::new()
        }
    }

    /// Sets the API key from Talkable's dashboard. The security key for webhooks is a different key.
    pub fn api_key(self, api_key: impl Into<SecretString>) -> Self {
        Self { keys: Some(KeySource::fixed(api_key.into())), ..self }
    }

    /// Sets a function that returns the key for each attempt, for keys that are rotated outside the client.
    ///
    /// The function runs while the call is polled, so it must not block. If it panics or returns no valid key at the
    /// beginning of a call, the call fails with [`Error::Invalid`]. If that happens later, the call continues with its
    /// last key.
    ///
    /// ```
    /// use std::sync::{Arc, RwLock};
    /// use talkable_api::{Client, SecretString};
    ///
    /// let current = Arc::new(RwLock::new(SecretString::from("a-key-of-your-site")));
    /// let provider = Arc::clone(&current);
    /// let client = Client::builder()
    ///     .key_provider(move || Some(provider.read().ok()?.clone()))
    ///     .site_slug("my-store")
    ///     .build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn key_provider(self, provider: impl Fn() -> Option<SecretString> + Send + Sync + 'static) -> Self {
        Self { keys: Some(Ok(KeySource::provided(Box::new(provider)))), ..self }
    }

    /// Sets the slug of the site, as shown in Talkable's dashboard.
    pub fn site_slug(self, site_slug: impl Into<String>) -> Self {
        Self { site_slug: Some(site_slug.into()), ..self }
    }

    /// Sets the base URL of the API, with or without `/api/v2`. The default is `https://www.talkable.com`.
    ///
    /// With any other base URL, the client sends all requests there, even those of operations that have their own server.
    pub fn base_url(self, base_url: impl Into<String>) -> Self {
        Self { base_url: base_url.into(), ..self }
    }

    /// Allows plain http in the base URL. Plain http exposes the key to the network. It is always allowed for loopback
    /// addresses.
    pub fn allow_plain_http(self) -> Self {
        Self { allow_plain_http: true, ..self }
    }

    /// Appends a product, such as `my-shop/1.2`, to the `User-Agent` header.
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        Self { user_agent: Some(user_agent.into()), ..self }
    }

    /// Sets a function that returns the builder for the HTTP client, to configure proxies, certificates and name resolution.
    ///
    /// [`build`](Self::build) calls the function once. It is called again for each further Tokio runtime that uses the client, and
    /// after a timeout, unless the last response arrived over HTTP/1, because later attempts must not use the same connection. If
    /// no client can be built for a further runtime, the calls in that runtime fail with [`Error::Invalid`].
    ///
    /// ```
    /// # fn example(certificate: reqwest::Certificate) -> Result<(), talkable_api::Error> {
    /// let client = talkable_api::Client::builder()
    ///     .api_key("a-key-of-your-site")
    ///     .site_slug("my-store")
    ///     .http_client_builder(move || {
    ///         reqwest::Client::builder().tls_certs_merge([certificate.clone()])
    ///     })
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Some settings are overridden: redirects are not followed, https is required unless the base URL allows http,
    /// idle connections are closed after 30 seconds, [`connect_timeout`](Self::connect_timeout) applies, loopback
    /// addresses use no proxy, and `connection_verbose` is off, because it logs the key. Headers set by this crate take
    /// precedence over `default_headers`. HTTP/2 connections send PINGs while requests are in flight.
    ///
    /// reqwest uses `native-tls` if any crate enables that feature. To always use rustls, call `tls_backend_rustls`. Without an
    /// `http_client_builder`, this crate does so.
    ///
    /// Do not set `retry`, because the throttle neither counts nor delays reqwest's own retries.
    pub fn http_client_builder(self, builder: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static) -> Self {
        Self { http: Http::Builder(Box::new(builder)), ..self }
    }

    /// Sets the HTTP client, without the overrides of [`http_client_builder`](Self::http_client_builder).
    ///
    /// The client must not follow redirects, because they can send the key to other servers, and must not enable
    /// `connection_verbose`, because it logs the key. The [`connect_timeout`](Self::connect_timeout) has no effect.
    ///
    /// Unlike with `http_client_builder`, all Tokio runtimes share the connections, so use the client in only one runtime. After a
    /// timeout over HTTP/2, later attempts use the same connection. Set `http2_keep_alive_interval` to close it if the server does
    /// not respond to PINGs.
    pub fn http_client(self, client: reqwest::Client) -> Self {
        Self { http: Http::Client(client), ..self }
    }

    /// Builds the client. This does not send a request.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a setting is missing or invalid, or if TLS can't be set up.
    pub fn build(self) -> Result<Client, Error> {
        self.check_limits()?;
        let missing = |name, unset| InvalidError::new(name, if self.from_variables { unset } else { "not set" });
        let keys = self.keys.ok_or_else(|| missing("api_key", "TALKABLE_API_KEY is not set"))??;
        let site_slug = self.site_slug.ok_or_else(|| missing("site_slug", "TALKABLE_SITE_SLUG is not set"))?;
        if site_slug.is_empty() {
            return Err(InvalidError::new("site_slug", "must not be empty").into());
        }
        let base_url = BaseUrl::parse(&self.base_url, self.allow_plain_http)?;
        if !matches!(self.http, Http::Client(_)) && !tls::is_ready() {
            let reason = "no rustls `CryptoProvider` is installed; help: call `CryptoProvider::install_default` first";
            return Err(InvalidError::new("tls", reason).into());
        }
        let base = base_url.url.clone();
        let policy = move |builder| base_url.policy(builder).connect_timeout(self.connect_timeout).build();
        // The source errors are dropped, because they may quote the caller's certificates and proxies.
        let pools = match self.http {
            Http::Client(client) => Pools::of_client(client),
            Http::Builder(builder) => Pools::new(move || {
                let failed = |_| InvalidError::new("http_client_builder", "reqwest could not build a client");
                policy(builder()).map_err(failed)
            })?,
            Http::Default => Pools::new(move || {
                let failed = |_| InvalidError::new("tls", "could not load the system's root certificates");
                policy(tls::select(HttpClientBuilder::new())).map_err(failed)
            })?,
        };
        let user_agent = user_agent(self.user_agent.as_deref())?;
        let connection = Connection { pools, base_url: base, user_agent };
        Ok(Client { context: Context::new(&site_slug, keys, connection, self.settings) })
    }
}

fn user_agent(suffix: Option<&str>) -> Result<HeaderValue, InvalidError> {
    let Some(suffix) = suffix else {
        return Ok(HeaderValue::from_static(PRODUCT));
    };
    let is_visible = suffix.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    let header = HeaderValue::from_str(&format!("{PRODUCT} {suffix}")).ok().filter(|_| is_visible);
    header.ok_or_else(|| InvalidError::new("user_agent", "must contain only visible ASCII characters and spaces"))
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ClientBuilder");
        shown.field("base_url", &self.base_url).field("site_slug", &self.site_slug);
        let Settings { limits, throttle, response, .. } = &self.settings;
        shown.field("limits", limits).field("throttle", throttle).field("response", response);
        shown.finish_non_exhaustive()
    }
}
