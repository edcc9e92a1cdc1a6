//! The source of the API key: either a key set by the user, who can replace it, or a provider.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::SecretString;

use super::ApiKey;
use crate::error::InvalidError;

type Provider = Box<dyn Fn() -> Option<SecretString> + Send + Sync>;

/// The source of a client's API key.
pub(crate) struct KeySource {
    /// The last valid key. `None` until a provider has returned one.
    current: RwLock<Option<Arc<ApiKey>>>,
    provider: Option<Provider>,
}

impl KeySource {
    pub(crate) fn fixed(secret: SecretString) -> Result<Self, InvalidError> {
        let key = ApiKey::new(secret)?;
        Ok(Self { current: RwLock::new(Some(Arc::new(key))), provider: None })
    }

    pub(crate) fn provided(provider: Provider) -> Self {
        Self { current: RwLock::new(None), provider: Some(provider) }
    }

    /// Returns the key for the next attempt.
    pub(crate) fn current(&self) -> Result<Arc<ApiKey>, InvalidError> {
        let secret = match &self.provider {
            Some(provider) => Some(provide(provider)?),
            None => None,
        };
        let known = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match (known, secret) {
            // Most providers return the same key each time. Such a key is not validated again.
            (Some(key), Some(secret)) if key.is(&secret) => Ok(key),
            (_, Some(secret)) => self.keep(secret),
            (Some(key), None) => Ok(key),
            (None, None) => Err(InvalidError::new("api_key", "not set")),
        }
    }

    /// Replaces the key if the new one is valid.
    pub(crate) fn replace(&self, secret: SecretString) -> Result<(), InvalidError> {
        if self.provider.is_some() {
            return Err(InvalidError::new("api_key", "cannot be replaced if the client has a key_provider"));
        }
        self.keep(secret).map(drop)
    }

    fn keep(&self, secret: SecretString) -> Result<Arc<ApiKey>, InvalidError> {
        let key = Arc::new(ApiKey::new(secret)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&key));
        Ok(key)
    }
}

/// Calls the provider. A panic counts as a missing key.
fn provide(provider: &Provider) -> Result<SecretString, InvalidError> {
    let secret = catch_unwind(AssertUnwindSafe(provider));
    let secret = secret.map_err(|_| InvalidError::new("api_key", "key_provider panicked"))?;
    secret.ok_or_else(|| InvalidError::new("api_key", "key_provider returned `None`"))
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
    fn replaces_a_key_only_with_a_valid_one() {
        let source = KeySource::fixed("sesame-0123".into()).expect("a valid key");
        source.replace("sesame-4567".into()).expect("a valid key");
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
        let error = source.replace("two words".into()).expect_err("an invalid key");
        assert!(error.argument() == "api_key" && !error.to_string().contains("words"), "{error}");
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
    }

    #[test]
    fn calls_the_provider_each_time_and_reuses_an_equal_key() {
        let calls = Arc::new(AtomicUsize::new(0));
        let provider = {
            let calls = Arc::clone(&calls);
            move || match calls.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Some("sesame-0123".into()),
                2 => Some("sesame-4567".into()),
                3 => Some("two words".into()),
                4 => None,
                _ => panic!("the provider is broken"),
            }
        };
        let source = KeySource::provided(Box::new(provider));
        let (first, second) = (source.current().expect("a key"), source.current().expect("a key"));
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(text(&source).as_deref(), Ok("sesame-4567"));
        for part in ["visible ASCII", "returned `None`", "panicked"] {
            let error = text(&source).expect_err("no valid key");
            assert!(error.argument() == "api_key" && error.reason().contains(part), "{error}");
            assert!(!error.to_string().contains("words"));
        }
        let error = source.replace("sesame-89".into()).expect_err("the client has a provider");
        assert!(error.reason().contains("key_provider"), "{error}");
    }
}
