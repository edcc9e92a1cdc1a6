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

use reqwest::header::HeaderValue;
use secrecy::SecretString;

pub use self::builder::ClientBuilder;
use crate::error::Error;
use crate::key::ApiKey;
use crate::throttle::Throttle;
use crate::transport::Limits;

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
    key: ApiKey,
    settings: Settings,
    /// Every site that was asked for, so that asking again finds its throttle.
    sites: Mutex<BTreeMap<String, Arc<Site>>>,
}

struct Site {
    slug: String,
    throttle: Throttle,
}

pub(crate) struct Settings {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: String,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) limits: Limits,
}

impl Client {
    /// A client with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key or the site can't be sent. Neither is shown.
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
    /// [`Error::Invalid`] if one of the first two is missing, or one of the three is unfit.
    ///
    /// ```no_run
    /// let client = talkable_api::Client::from_env()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_variables(|name| std::env::var(name).ok()).build()
    }

    /// A client for another site of the same account. It has the same key and connections, and is throttled apart, as
    /// the API throttles each site by itself. Clients for the same site are throttled together.
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
        let site = sites.entry(slug).or_insert_with_key(|slug| Site::new(slug));
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

    fn assemble(key: ApiKey, slug: &str, settings: Settings) -> Self {
        let site = Site::new(slug);
        let sites = Mutex::new(BTreeMap::from([(slug.to_owned(), Arc::clone(&site))]));
        Self { shared: Arc::new(Shared { key, settings, sites }), site }
    }

    pub(crate) fn key(&self) -> &ApiKey {
        &self.shared.key
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.site.throttle
    }
}

impl Site {
    fn new(slug: &str) -> Arc<Self> {
        Arc::new(Self { slug: slug.to_owned(), throttle: Throttle::default() })
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Client");
        shown.field("base_url", &self.settings().base_url).field("site_slug", &self.site.slug);
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
