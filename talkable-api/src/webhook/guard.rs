//! Whom to believe, and how much to read.
//!
//! ```
//! use talkable_api::webhook::Guard;
//!
//! let one_site = Guard::new("the-security-key")?.key("the-key-that-replaces-it")?;
//! let several = Guard::for_site("my-store", "its-key")?.site_key("my-store-eu", "another-key")?;
//! # Ok::<(), talkable_api::InvalidError>(())
//! ```

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::rejection::Rejection;
use crate::decode::json_depth;
use crate::error::InvalidError;

/// What is read of a body unless it is said otherwise. Payloads have a few thousand bytes.
const BODY_LIMIT: usize = 1 << 20;

/// What a body must pass before it is read: keys and limits.
///
/// Keys are compared in constant time, and always with all that there are, so that an answer's time tells neither how much
/// of a key was right nor which site there is.
///
/// ```
/// use talkable_api::webhook::Guard;
///
/// let guard = Guard::new("the-security-key")?.body_limit(64 * 1024).depth_limit(16);
/// assert!(!format!("{guard:?}").contains("security"));
/// assert!(Guard::new("").is_err());
/// # Ok::<(), talkable_api::InvalidError>(())
/// ```
#[derive(Clone)]
pub struct Guard {
    keys: Vec<Key>,
    body_limit: usize,
    depth_limit: usize,
}

/// A key and the site that it is for. Digests have one length, so that comparing them tells none.
#[derive(Clone)]
struct Key {
    secret: SecretString,
    digest: [u8; 32],
    site: Option<[u8; 32]>,
}

impl Guard {
    /// Believes whoever has this key, whatever site a delivery is about.
    ///
    /// # Errors
    ///
    /// If the key is empty or has space in it, which is more often a broken setting than a key.
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::new("the-security-key")?;
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn new(key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        Self::empty().with(key.into(), None)
    }

    /// Believes whoever has this key, about one site. What is [`Signed`](super::Signed) names no site, and is believed with any
    /// key.
    ///
    /// # Errors
    ///
    /// As [`Guard::new`].
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::for_site("my-store", "its-key")?;
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn for_site(site: &str, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        Self::empty().with(key.into(), Some(site))
    }

    /// Takes one more key, as while one replaces another.
    ///
    /// # Errors
    ///
    /// As [`Guard::new`].
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::new("the-old-key")?.key("the-new-key")?;
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn key(self, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        self.with(key.into(), None)
    }

    /// Takes one more key, for one site. A site may have several.
    ///
    /// # Errors
    ///
    /// As [`Guard::new`].
    ///
    /// ```
    /// # use talkable_api::webhook::Guard;
    /// let guard = Guard::for_site("my-store", "its-key")?.site_key("my-store-eu", "another-key")?;
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn site_key(self, site: &str, key: impl Into<SecretString>) -> Result<Self, InvalidError> {
        self.with(key.into(), Some(site))
    }

    /// How many bytes a body may have: 1 MiB unless set.
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::new("the-security-key")?.body_limit(64 * 1024);
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: bytes, ..self }
    }

    /// How deeply a payload may be nested: 127 levels unless set. That is also the most, so any higher number is the same.
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::new("the-security-key")?.depth_limit(16);
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    #[must_use]
    pub fn depth_limit(self, levels: usize) -> Self {
        Self { depth_limit: levels.min(json_depth::MAX), ..self }
    }

    /// How many bytes a body may have, for whoever reads it from the network.
    ///
    /// ```
    /// let guard = talkable_api::webhook::Guard::new("the-security-key")?;
    /// assert_eq!(guard.most_bytes(), 1024 * 1024);
    /// # Ok::<(), talkable_api::InvalidError>(())
    /// ```
    pub fn most_bytes(&self) -> usize {
        self.body_limit
    }

    fn empty() -> Self {
        Self { keys: Vec::new(), body_limit: BODY_LIMIT, depth_limit: json_depth::MAX }
    }

    fn with(mut self, secret: SecretString, site: Option<&str>) -> Result<Self, InvalidError> {
        let text = secret.expose_secret();
        if text.is_empty() {
            return Err(InvalidError::new("key", "it is empty"));
        }
        if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
            return Err(InvalidError::new("key", "it holds a space, a line break or a control character"));
        }
        let (key, site) = (digest(text.as_bytes()), site.map(|site| digest(site.as_bytes())));
        self.keys.push(Key { secret, digest: key, site });
        Ok(self)
    }

    /// Refuses a body that is too large.
    pub(super) fn measure(&self, body: &[u8]) -> Result<(), Rejection> {
        if body.len() > self.body_limit { Err(Rejection::too_large(self.body_limit)) } else { Ok(()) }
    }

    /// Refuses JSON that is nested too deeply. It is looked at without recursion.
    pub(super) fn fathom(&self, part: &str, json: &[u8]) -> Result<(), Rejection> {
        match json_depth::excess(json, self.depth_limit) {
            Some(_) => Err(Rejection::malformed(format!("{part} is nested deeper than {} levels", self.depth_limit))),
            None => Ok(()),
        }
    }

    /// Whether a key is one of those for the site.
    pub(super) fn admits(&self, key: &str, site: Option<&str>) -> bool {
        let (key, site) = (digest(key.as_bytes()), site.map(|site| digest(site.as_bytes())));
        let admitted = self.keys.iter().fold(Choice::from(0), |admitted, known| {
            let of_site = match (&known.site, &site) {
                (None, _) => Choice::from(1),
                (Some(known), Some(site)) => known.ct_eq(site),
                (Some(_), None) => Choice::from(0),
            };
            admitted | (known.digest.ct_eq(&key) & of_site)
        });
        admitted.into()
    }

    /// Whether one of the keys made this code of a body.
    pub(super) fn signed(&self, code: &[u8], body: &[u8]) -> bool {
        let made = self.keys.iter().fold(Choice::from(0), |made, key| {
            // HMAC takes keys of every length.
            let Ok(mac) = Hmac::<Sha256>::new_from_slice(key.secret.expose_secret().as_bytes()) else { return made };
            made | Choice::from(u8::from(mac.chain_update(body).verify_slice(code).is_ok()))
        });
        made.into()
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Guard");
        shown.field("keys", &self.keys.len());
        shown.field("body_limit", &self.body_limit).field("depth_limit", &self.depth_limit).finish()
    }
}

fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_for_all_sites_or_for_one() {
        let guard = Guard::new("all").and_then(|guard| guard.site_key("a", "key-a")).expect("the keys are fit");
        let guard = guard.site_key("b", "key-b").and_then(|guard| guard.site_key("b", "new-b")).expect("they are");
        for (key, site, admitted) in [
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
            assert_eq!(guard.admits(key, site), admitted, "{key} {site:?}");
        }
    }

    #[test]
    fn a_key_that_is_none_is_refused() {
        for key in ["", " ", "with space", "line\n", "\u{0}"] {
            assert_eq!(Guard::new(key).map(drop).unwrap_err().argument(), "key", "{key:?}");
        }
    }
}
