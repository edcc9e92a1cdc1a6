//! The client: a key, a site, and the connections that its calls share.
//!
//! ```
//! use talkable_api::Client;
//!
//! let client = Client::new("a-key-of-your-site", "my-store")?;
//! let eu = client.for_site("my-store-eu");
//! assert_eq!((client.site_slug(), eu.site_slug()), ("my-store", "my-store-eu"));
//! # Ok::<(), talkable_api::Error>(())
//! ```

mod base_url;
mod builder;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;
use secrecy::SecretString;

pub use self::builder::ClientBuilder;
use crate::error::Error;
use crate::observe::Hooks;
use crate::request::path;
use crate::send::key::KeySource;
use crate::send::retry_loop::RetryLimits;
use crate::send::throttle::{self, Throttle, ThrottleStatus};
use crate::send::transport::Limits;

/// Makes the calls of one site. Cloning it is cheap, and the clones share connections and throttling.
///
/// The key belongs on a server: whoever has it can read and change all data of the site.
///
/// ```
/// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
/// # Ok::<(), talkable_api::Error>(())
/// ```
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    site: Arc<Site>,
}

/// What the clients of all sites have in common.
struct Shared {
    keys: KeySource,
    settings: Settings,
    /// Every site that was asked for, so that asking again finds its throttle.
    sites: Mutex<BTreeMap<String, Arc<Site>>>,
}

struct Site {
    slug: String,
    /// How the site is told where it belongs into the query.
    query: String,
    throttle: Throttle,
}

pub(crate) struct Settings {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: Url,
    pub(crate) server: Server,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry_limits: RetryLimits,
    pub(crate) throttle: throttle::Limits,
    pub(crate) limits: Limits,
    /// How deep the body of an answer may be nested, if that is less than what the decoder itself stops at.
    pub(crate) json_depth_limit: Option<usize>,
    pub(crate) hooks: Hooks,
}

/// Where requests go, for those who watch.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key or the site can't be sent, neither of which is shown, or if TLS can't be set up.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn new(api_key: impl Into<SecretString>, site_slug: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).site_slug(site_slug).build()
    }

    /// A client with settings of your own.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = talkable_api::Client::builder()
    ///     .api_key("a-key-of-your-site")
    ///     .site_slug("my-store")
    ///     .user_agent("my-shop/1.2")
    ///     .deadline(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// A client from the environment: `TALKABLE_API_KEY`, `TALKABLE_SITE_SLUG`, and `TALKABLE_BASE_URL` if it is set.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if one of the first two is missing or empty, if one of the three is unfit, or if TLS can't be set up.
    ///
    /// ```no_run
    /// let client = talkable_api::Client::from_env()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_variables(|name| std::env::var(name).ok()).build()
    }

    /// A client for another site of the same account. It has the same key and connections, and is throttled apart, as the API
    /// throttles each site by itself; a site with a key of its own needs a client of its own. Clients for the same site are
    /// throttled together, for which each site that was asked for is remembered. What no site is called is found out by the first
    /// call.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// assert_eq!(client.for_site("my-store-eu").site_slug(), "my-store-eu");
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    #[must_use]
    pub fn for_site(&self, site_slug: impl Into<String>) -> Self {
        let slug = site_slug.into();
        let mut sites = self.shared.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let site = sites.entry(slug).or_insert_with_key(|slug| Site::new(slug, self.settings().throttle));
        Self { shared: Arc::clone(&self.shared), site: Arc::clone(site) }
    }

    /// The site that this client is for.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// assert_eq!(client.site_slug(), "my-store");
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn site_slug(&self) -> &str {
        &self.site.slug
    }

    /// How the calls of this site are throttled just now: those of this client, of its clones and of all clients for the
    /// same site that come from it.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// let status = client.throttle();
    /// assert_eq!((status.pace, status.waiting, status.refused), (None, 0, 0));
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn throttle(&self) -> ThrottleStatus {
        self.site.throttle.status()
    }

    /// Takes another key for all calls from now on: of this client, of its clones, and of those for other sites that it
    /// was made from or that were made from it. A call that is under way uses it for its next attempt.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key can't be sent, which isn't shown, or if the client asks a
    /// [`key_provider`](ClientBuilder::key_provider). The old key stays then.
    ///
    /// ```
    /// let client = talkable_api::Client::new("the-key-of-today", "my-store")?;
    /// client.set_api_key("the-key-of-tomorrow")?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn set_api_key(&self, api_key: impl Into<SecretString>) -> Result<(), Error> {
        Ok(self.shared.keys.replace(api_key.into())?)
    }

    fn assemble(keys: KeySource, slug: &str, settings: Settings) -> Self {
        let site = Site::new(slug, settings.throttle);
        let sites = Mutex::new(BTreeMap::from([(slug.to_owned(), Arc::clone(&site))]));
        Self { shared: Arc::new(Shared { keys, settings, sites }), site }
    }

    pub(crate) fn keys(&self) -> &KeySource {
        &self.shared.keys
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn site_query(&self) -> &str {
        &self.site.query
    }

    pub(crate) fn gate(&self) -> &Throttle {
        &self.site.throttle
    }
}

impl Site {
    fn new(slug: &str, limits: throttle::Limits) -> Arc<Self> {
        let query = format!("site_slug={}", path::encode(slug));
        Arc::new(Self { slug: slug.to_owned(), query, throttle: Throttle::new(limits) })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Client");
        shown.field("base_url", &self.settings().base_url.as_str()).field("site_slug", &self.site.slug);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_share_connections_but_not_throttles() {
        let client = Client::new("sesame-0123", "one").expect("the settings are fit");
        let other = client.for_site("two");
        assert!(Arc::ptr_eq(&client.shared, &other.shared));
        assert!(!Arc::ptr_eq(&client.site, &other.site));
        assert!(Arc::ptr_eq(&other.site, &client.for_site("two").site));
        assert!(Arc::ptr_eq(&client.site, &other.for_site("one").site));
    }

    #[test]
    fn the_key_is_in_no_debug_output() {
        let client = Client::new("sesame-0123", "one").expect("the settings are fit");
        let builder = Client::builder().api_key("sesame-0123");
        assert!(!format!("{client:?} {builder:?} {:?}", client.for_site("two")).contains("sesame"));
    }
}
