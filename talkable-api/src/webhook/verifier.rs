//! Security keys and limits for request bodies.

use std::fmt;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::body_limits::BodyLimits;
use super::rejection::Rejection;
use crate::decode::json_depth;
use crate::error::InvalidError;

/// The default size limit, in bytes. The bodies sent by Talkable are only a few kilobytes long.
const BODY_LIMIT: usize = 1 << 20;

/// The accepted security keys, and the limits on size and nesting.
///
/// The verifier always compares the key of a request with all configured keys in constant time. The response time therefore
/// reveals neither how much of a key is correct nor which sites exist.
///
/// ```
/// use talkable_api::webhook::Verifier;
///
/// let rotation = Verifier::new("the-old-key")?.key("the-new-key")?;
/// let two_sites =
///     Verifier::for_site("my-store", "its-key")?.site_key("my-store-eu", "another-key")?;
/// let strict = Verifier::new("the-security-key")?.body_limit(64 * 1024).depth_limit(16);
/// # Ok::<(), talkable_api::InvalidError>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    keys: Vec<SecurityKey>,
    body_limit: usize,
    depth_limit: usize,
    body_limits: BodyLimits,
}

/// A security key and its site. Keys are compared by digest, so that the comparison time does not depend on their lengths.
#[derive(Clone)]
struct SecurityKey {
    secret: SecretString,
    digest: [u8; 32],
    site: Option<[u8; 32]>,
}

impl Verifier {
    /// Creates a verifier that accepts webhooks for any site if they contain this security key.
    ///
    /// # Errors
    ///
    /// If the key is empty, or contains whitespace or control characters.
    pub fn new(key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        Self::without_keys().with_key(key.into(), None)
    }

    /// Creates a verifier that accepts webhooks for one site if they contain this security key. Requests from Custom Apps do not
    /// contain the site, so [`verify_signed`](Self::verify_signed) accepts the keys of all sites.
    ///
    /// # Errors
    ///
    /// If the key is invalid; see [`Verifier::new`].
    pub fn for_site(site: &str, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        Self::without_keys().with_key(key.into(), Some(site))
    }

    /// Also accepts this security key in webhooks for any site. Use this method while keys are being rotated.
    ///
    /// # Errors
    ///
    /// If the key is invalid; see [`Verifier::new`].
    pub fn key(self, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        self.with_key(key.into(), None)
    }

    /// Also accepts this security key in webhooks for one site. A site can have several keys.
    ///
    /// # Errors
    ///
    /// If the key is invalid; see [`Verifier::new`].
    pub fn site_key(self, site: &str, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        self.with_key(key.into(), Some(site))
    }

    /// Limits the size of bodies, in bytes. The default is 1 MiB.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// Limits the nesting of payloads. The default and maximum is 127 levels.
    #[must_use]
    pub fn depth_limit(self, levels: usize) -> Self {
        Self { depth_limit: levels.min(json_depth::MAX), ..self }
    }

    /// Limits the time to read a body in the axum router and extractors. The default is 10 seconds.
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.body_limits.timeout = timeout;
        self
    }

    /// Limits the memory for all bodies that the axum router and extractors are reading at the same time, in bytes. The default is
    /// 64 MiB. A body counts as its `Content-Length`, or as the [`body_limit`](Self::body_limit) if it has none. Further requests
    /// are rejected with a 503.
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.body_limits.memory = bytes;
        self
    }

    #[cfg(feature = "webhook-axum")]
    pub(super) fn body_limits(&self) -> &BodyLimits {
        &self.body_limits
    }

    /// The size limit in bytes, for code that reads bodies from the network.
    pub fn max_body_bytes(&self) -> usize {
        self.body_limit
    }

    pub(super) fn check_size(&self, body: &[u8]) -> Result<(), Rejection> {
        if body.len() > self.body_limit { Err(Rejection::too_large(self.body_limit)) } else { Ok(()) }
    }

    /// Rejects JSON that is nested too deeply. The check does not use recursion.
    pub(super) fn check_depth(&self, part: &str, json: &[u8]) -> Result<(), Rejection> {
        match json_depth::excess(json, self.depth_limit) {
            Some(_) => {
                Err(Rejection::malformed(format!("the {part} is nested deeper than {} levels", self.depth_limit)))
            }
            None => Ok(()),
        }
    }

    pub(super) fn accepts_key(&self, key: &str, site: Option<&str>) -> bool {
        let (key, site) = (digest(key.as_bytes()), site.map(|site| digest(site.as_bytes())));
        let accepted = self.keys.iter().fold(Choice::from(0), |accepted, known| {
            let is_for_site = match (&known.site, &site) {
                (None, _) => Choice::from(1),
                (Some(known), Some(site)) => known.ct_eq(site),
                (Some(_), None) => Choice::from(0),
            };
            accepted | (known.digest.ct_eq(&key) & is_for_site)
        });
        accepted.into()
    }

    /// Whether the authentication code of the body is `code` for one of the keys.
    pub(super) fn accepts_code(&self, code: &[u8], body: &[u8]) -> bool {
        let accepted = self.keys.iter().fold(Choice::from(0), |accepted, key| {
            // HMAC accepts keys of any length, so this never fails.
            let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.secret.expose_secret().as_bytes()) else {
                return accepted;
            };
            accepted | Choice::from(u8::from(mac.chain_update(body).verify_slice(code).is_ok()))
        });
        accepted.into()
    }

    fn without_keys() -> Self {
        Self {
            keys: Vec::new(),
            body_limit: BODY_LIMIT,
            depth_limit: json_depth::MAX,
            body_limits: BodyLimits::default(),
        }
    }

    fn with_key(mut self, secret: SecretString, site: Option<&str>) -> Result<Self, InvalidError> {
        let text = secret.expose_secret();
        if text.is_empty() {
            return Err(InvalidError::new("security_key", "must not be empty"));
        }
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(InvalidError::new("security_key", "must not contain whitespace or control characters"));
        }
        let (digest, site) = (digest(text.as_bytes()), site.map(|site| digest(site.as_bytes())));
        self.keys.push(SecurityKey { secret, digest, site });
        Ok(self)
    }
}

/// Omits the keys.
impl fmt::Debug for Verifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Verifier");
        shown.field("keys", &self.keys.len());
        shown
            .field("body_limit", &self.body_limit)
            .field("depth_limit", &self.depth_limit)
            .field("body_limits", &self.body_limits)
            .finish()
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_valid_for_all_sites_or_for_one_site() {
        let verifier = Verifier::new("all").and_then(|verifier| verifier.site_key("a", "key-a")).expect("valid keys");
        let verifier = verifier.site_key("b", "key-b").and_then(|verifier| verifier.site_key("b", "new-b"));
        let verifier = verifier.expect("valid keys");
        for (key, site, accepted) in [
            ("all", None, true),
            ("all", Some("anywhere"), true),
            ("key-a", Some("a"), true),
            ("key-a", Some("b"), false),
            ("key-a", Some("A"), false),
            ("key-a", None, false),
            ("key-b", Some("b"), true),
            ("new-b", Some("b"), true),
            ("", Some("a"), false),
            ("", None, false),
            ("key-a ", Some("a"), false),
            ("allall", None, false),
        ] {
            assert_eq!(verifier.accepts_key(key, site), accepted, "{key} {site:?}");
        }
    }

    #[test]
    fn rejects_invalid_keys() {
        for key in ["", " ", "with space", "line\n", "\u{0}"] {
            assert_eq!(Verifier::new(key).map(drop).unwrap_err().argument(), "security_key", "{key:?}");
        }
    }

    #[test]
    fn debug_omits_the_keys() {
        let verifier = Verifier::new("sesame").expect("a valid key");
        assert!(!format!("{verifier:?}").contains("sesame"));
    }
}
