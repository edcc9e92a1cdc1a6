//! The site and the settings shared by all calls of a client.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;
use reqwest::header::HeaderValue;

use super::key::KeySource;
use super::pools::Pools;
use super::retry::RetryLimits;
use super::throttle::store::SharedStore;
use super::throttle::{self, Throttle};
use super::transport::ResponseLimits;
use crate::observe::Hooks;
use crate::request::path;

/// The site of a client, and the state that the client shares with its clients for other sites. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) shared: Arc<Shared>,
    pub(crate) site: Arc<Site>,
}

/// The state shared by a client and its clients for other sites.
pub(crate) struct Shared {
    pub(crate) keys: KeySource,
    pub(crate) connection: Connection,
    pub(crate) settings: Settings,
    /// All sites used so far. Clients for the same site share one throttle.
    sites: Mutex<BTreeMap<String, Arc<Site>>>,
}

/// A site and its throttle.
pub(crate) struct Site {
    pub(crate) slug: Arc<str>,
    /// The percent-encoded query parameter `site_slug=…`.
    pub(crate) query: String,
    pub(crate) throttle: Arc<Throttle>,
}

/// The connection pools, and the values used for every request.
pub(crate) struct Connection {
    pub(crate) pools: Pools,
    pub(crate) base_url: Url,
    pub(crate) user_agent: HeaderValue,
}

/// The settings of a client, except for its [`Connection`].
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) limits: RetryLimits,
    pub(crate) throttle: throttle::Limits,
    /// The store that shares the throttle's state with other processes.
    pub(crate) shared_throttle: Option<Arc<dyn SharedStore>>,
    pub(crate) response: ResponseLimits,
    pub(crate) hooks: Hooks,
}

impl Context {
    pub(crate) fn new(slug: &str, keys: KeySource, connection: Connection, settings: Settings) -> Self {
        let site = Site::new(slug, &connection.base_url, &settings);
        let sites = Mutex::new(BTreeMap::from([(slug.to_owned(), Arc::clone(&site))]));
        Self { shared: Arc::new(Shared { keys, connection, settings, sites }), site }
    }

    pub(crate) fn for_site(&self, slug: String) -> Self {
        let mut sites = self.shared.sites.lock().unwrap_or_else(PoisonError::into_inner);
        let Shared { connection, settings, .. } = &*self.shared;
        let site = sites.entry(slug).or_insert_with_key(|slug| Site::new(slug, &connection.base_url, settings));
        Self { shared: Arc::clone(&self.shared), site: Arc::clone(site) }
    }

    #[cfg(test)]
    pub(crate) fn shares(&self, other: &Self) -> (bool, bool) {
        (Arc::ptr_eq(&self.shared, &other.shared), Arc::ptr_eq(&self.site, &other.site))
    }
}

impl Site {
    fn new(slug: &str, base_url: &Url, settings: &Settings) -> Arc<Self> {
        let query = format!("site_slug={}", path::encode(slug));
        let throttle = match &settings.shared_throttle {
            Some(store) if settings.throttle.enabled => {
                let (host, port) = (base_url.host_str().unwrap_or_default(), base_url.port_or_known_default());
                let key = format!("talkable-throttle:{host}:{}:{slug}", port.unwrap_or_default());
                Throttle::shared(settings.throttle, Arc::clone(store), key)
            }
            _ => Arc::new(Throttle::new(settings.throttle)),
        };
        Arc::new(Self { slug: slug.into(), query, throttle })
    }
}
