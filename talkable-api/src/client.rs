//! The client: a key, a site, and the connections that its calls share.

mod base_url;
mod builder;

use std::fmt;

use secrecy::SecretString;

pub use self::builder::ClientBuilder;
use crate::error::Error;
use crate::send::Context;
use crate::send::throttle::ThrottleStatus;

/// Makes the calls of one site. Clones are cheap, and share connections and throttle.
///
/// Keep the key on a server: it permits reading and changing all data of the site.
#[derive(Clone)]
pub struct Client {
    pub(crate) context: Context,
}

impl Client {
    /// Creates a client with the default settings.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key or the site is invalid, neither of which the error contains, or if TLS can't be set up.
    pub fn new(api_key: impl Into<SecretString>, site_slug: impl Into<String>) -> Result<Self, Error> {
        Self::builder().api_key(api_key).site_slug(site_slug).build()
    }

    /// Creates a builder to set up a client.
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

    /// Creates a client from the environment variables `TALKABLE_API_KEY`, `TALKABLE_SITE_SLUG`, and, if it is set,
    /// `TALKABLE_BASE_URL`.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if one of the first two is missing or empty, if one of the three is invalid, or if TLS can't be
    /// set up.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_variables(|name| std::env::var(name).ok()).build()
    }

    /// Returns a client for another site of the same account, with the same key and connections.
    ///
    /// The API limits each site by itself, so each site has a throttle of its own, which all its clients share. A site with
    /// another key needs a client of its own. The slug is not checked until the first call.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// assert_eq!(client.for_site("my-store-eu").site_slug(), "my-store-eu");
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    #[must_use]
    pub fn for_site(&self, site_slug: impl Into<String>) -> Self {
        Self { context: self.context.for_site(site_slug.into()) }
    }

    /// The site of this client.
    pub fn site_slug(&self) -> &str {
        self.context.site_slug()
    }

    /// The state of the throttle of this site.
    ///
    /// ```
    /// let client = talkable_api::Client::new("a-key-of-your-site", "my-store")?;
    /// let status = client.throttle();
    /// assert_eq!((status.pace, status.waiting, status.refused), (None, 0, 0));
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn throttle(&self) -> ThrottleStatus {
        self.context.throttle().status()
    }

    /// Replaces the key of this client, of its clones, and of the related clients for other sites. Calls in flight use it
    /// from their next attempt on.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the key is invalid, or if the client has a [`key_provider`](ClientBuilder::key_provider). The
    /// client keeps the old key then.
    pub fn set_api_key(&self, api_key: impl Into<SecretString>) -> Result<(), Error> {
        Ok(self.context.keys().replace(api_key.into())?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Client");
        shown.field("base_url", &self.context.settings().base_url.as_str()).field("site_slug", &self.site_slug());
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
    fn debug_output_does_not_contain_the_key() {
        let client = Client::new("sesame-0123", "one").expect("valid settings");
        let builder = Client::builder().api_key("sesame-0123");
        assert!(!format!("{client:?} {builder:?} {:?}", client.for_site("two")).contains("sesame"));
    }
}
