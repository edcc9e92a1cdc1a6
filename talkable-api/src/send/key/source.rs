//! Where the key of a call comes from: given once, replaced at run time, or asked for each time.
//!
//! ```
//! let client = talkable_api::Client::new("the-key-of-today", "my-store")?;
//! let other = client.for_site("my-store-eu");
//! other.set_api_key("the-key-of-tomorrow")?; // holds for both
//! # Ok::<(), talkable_api::Error>(())
//! ```

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::SecretString;

use super::ApiKey;
use crate::error::InvalidError;

type Provider = Box<dyn Fn() -> Option<SecretString> + Send + Sync>;

/// The keys of a client, of which one is valid at a time.
pub(crate) struct KeySource {
    /// The key that was used last; none as long as a provider hasn't been asked.
    current: RwLock<Option<Arc<ApiKey>>>,
    provider: Option<Provider>,
}

impl KeySource {
    pub(crate) fn given(secret: SecretString) -> Result<Self, InvalidError> {
        let key = ApiKey::new(secret)?;
        Ok(Self { current: RwLock::new(Some(Arc::new(key))), provider: None })
    }

    pub(crate) fn asked(provider: Provider) -> Self {
        Self { current: RwLock::new(None), provider: Some(provider) }
    }

    /// The key to send with now.
    pub(crate) fn current(&self) -> Result<Arc<ApiKey>, InvalidError> {
        let secret = match &self.provider {
            Some(provider) => Some(ask(provider)?),
            None => None,
        };
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match (known, secret) {
            // A provider gives the same key most of the time, and checking it and making its header costs.
            (Some(key), Some(secret)) if key.is(&secret) => Ok(key),
            (_, Some(secret)) => self.keep(secret),
            (Some(key), None) => Ok(key),
            (None, None) => Err(InvalidError::new("api_key", "it is missing")),
        }
    }

    /// Takes another key from now on. The old one stays if this one is unfit.
    pub(crate) fn replace(&self, secret: SecretString) -> Result<(), InvalidError> {
        if self.provider.is_some() {
            return Err(InvalidError::new("api_key", "it comes from ClientBuilder::key_provider"));
        }
        self.keep(secret).map(drop)
    }

    fn keep(&self, secret: SecretString) -> Result<Arc<ApiKey>, InvalidError> {
        let key = Arc::new(ApiKey::new(secret)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        Ok(key)
    }
}

/// The provider is not ours: a panic of its is a key that can't be had, and no more than that.
fn ask(provider: &Provider) -> Result<SecretString, InvalidError> {
    let answer = catch_unwind(AssertUnwindSafe(provider));
    let answer = answer.map_err(|_| InvalidError::new("api_key", "its provider panicked"))?;
    answer.ok_or_else(|| InvalidError::new("api_key", "its provider has none"))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use secrecy::ExposeSecret as _;

    use super::*;

    fn text(source: &KeySource) -> Result<String, InvalidError> {
        source.current().map(|key| key.secret.expose_secret().to_owned())
    }

    #[test]
    fn a_key_is_replaced_by_a_fit_one_only() {
        let source = KeySource::given("sesame-0123".into()).expect("the key is fit");
        source.replace("sesame-4567".into()).expect("the key is fit");
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
        let error = source.replace("two words".into()).expect_err("the key is unfit");
        assert!(error.argument() == "api_key" && !error.to_string().contains("words"), "{error}");
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
    }

    #[test]
    fn a_provider_is_asked_each_time_and_the_same_key_is_kept() {
        let asked = Arc::new(AtomicUsize::new(0));
        let provider = {
            let asked = Arc::clone(&asked);
            move || match asked.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Some("sesame-0123".into()),
                2 => Some("sesame-4567".into()),
                3 => Some("two words".into()),
                4 => None,
                _ => panic!("the provider is broken"),
            }
        };
        let source = KeySource::asked(Box::new(provider));
        let (first, second) = (source.current().expect("a key"), source.current().expect("a key"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
        for part in ["visible ASCII", "has none", "panicked"] {
            let error = text(&source).expect_err("there is no key");
            assert!(error.argument() == "api_key" && error.reason().contains(part), "{error}");
            assert!(!error.to_string().contains("words"));
        }
        let error = source.replace("sesame-89".into()).expect_err("the provider has the say");
        assert!(error.reason().contains("key_provider"), "{error}");
    }
}
