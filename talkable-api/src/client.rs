//! The client.

mod base_url;
mod builder;
mod connection;

use std::fmt;

use secrecy::SecretString;

pub use self::builder::ClientBuilder;
use crate::error::Error;
use crate::send::Context;
use crate::send::throttle::ThrottleStatus;

/// An API client for one site. Clones are cheap and share the connections and the throttle.
///
/// A client can be used in several Tokio runtimes, one after another or at the same time. Each runtime has its own connections.
///
/// Keep the API key on servers, because it gives access to all data of the site.
#[derive(Clone)]
pub struct Client {
    pub(crate) context: Context,
}

impl Client {
    /// Creates a client with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key or the site is invalid, or if TLS can't be set up.
    pub fn new(api_key: impl Into<SecretString>, site_slug: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).site_slug(site_slug).build()
    }

    /// Creates a builder for a client with custom settings.
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

    /// Creates a client from the environment variables `TALKABLE_API_KEY` and `TALKABLE_SITE_SLUG`, and optionally
    /// `TALKABLE_BASE_URL`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key or the site is missing or empty, if a variable is invalid, or if TLS can't be set up.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// Returns a client for another site of the same account, with the same key and connections.
    ///
    /// The API limits the rate of each site separately, so each site has its own throttle. The slug is not checked until the
    /// first call.
    #[must_use]
    pub fn for_site(&self, site_slug: impl Into<String>) -> Self {
        Self { context: self.context.for_site(site_slug.into()) }
    }

    /// The slug of the site.
    pub fn site_slug(&self) -> &str {
        &self.context.site.slug
    }

    /// The current state of this site's throttle.
    pub fn throttle(&self) -> ThrottleStatus {
        self.context.site.throttle.status()
    }

    /// Replaces the key of this client, its clones, and its clients for other sites. Calls in flight use the new key
    /// for their next attempt.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key is invalid, or if the client has a [`key_provider`](ClientBuilder::key_provider).
    pub fn set_api_key(&self, api_key: impl Into<SecretString>) -> Result<(), Error> {
        Ok(self.context.shared.keys.replace(api_key.into())?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Client");
        shown
            .field("base_url", &self.context.shared.connection.base_url.as_str())
            .field("site_slug", &self.site_slug());
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_share_connections_but_not_throttles() {
        let client = Client::new("sesame-0123", "one").expect("valid settings");
        let other = client.for_site("two");
        assert_eq!(client.context.shares(&other.context), (true, false));
        assert_eq!(other.context.shares(&client.for_site("two").context), (true, true));
        assert_eq!(client.context.shares(&other.for_site("one").context), (true, true));
    }

    #[test]
    fn a_shared_throttle_needs_a_throttle() {
        let store = std::sync::Arc::new(crate::throttle::MemoryStore::new());
        let builder = || Client::builder().api_key("sesame-0123").site_slug("one").shared_throttle(store.clone());
        let client = builder().build().expect("valid settings");
        assert!(client.throttle().fleet.is_some_and(|fleet| fleet.members == 0));
        assert!(client.for_site("two").throttle().fleet.is_some());
        let client = builder().throttle_off().build().expect("valid settings");
        assert_eq!(client.throttle().fleet, None);
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let client = Client::new("sesame-0123", "one").expect("valid settings");
        let builder = Client::builder().api_key("sesame-0123");
        assert!(!format!("{client:?} {builder:?} {:?}", client.for_site("two")).contains("sesame"));
    }
}
