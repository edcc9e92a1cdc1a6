//! Fingerprints, which identify resent webhooks.

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A hash that identifies a webhook. It stays the same when Talkable resends the webhook. `Display` writes 64 hexadecimal
/// digits.
///
/// The fingerprint is the SHA-256 hash of the kind, the site and the payload. Each part is preceded by its length in bytes, as
/// a 64-bit big-endian number, and a missing part counts as empty. The payload is hashed as JSON without whitespace, with the
/// keys of each object sorted by bytes. The fingerprint does not depend on the security key or the content type, and is stable
/// across versions of this crate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn new(kind: Option<&str>, site: Option<&str>, payload: &str) -> Self {
        let payload = match serde_json::from_str::<Value>(payload) {
            Ok(mut value) => {
                // Sorting is necessary because another crate may enable the `serde_json/preserve_order` feature.
                value.sort_all_objects();
                value.to_string()
            }
            // A payload that is not JSON is hashed unchanged, because decoding rejects it anyway.
            Err(_) => payload.to_owned(),
        };
        let mut hash = Sha256::new();
        for part in [kind.unwrap_or_default(), site.unwrap_or_default(), &payload] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes of the hash, for example to store them in a database.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fingerprint({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_content_but_not_on_formatting() {
        let of = |payload: &str| Fingerprint::new(Some("reward_web_hook"), Some("my-store"), payload);
        let one = of(r#"{"a":{"c":[1,"x"],"b":null},"d":"é"}"#);
        assert_eq!(one, of("{ \"d\":\"\\u00e9\",\n\"a\":{\"b\":null,\"c\":[1, \"x\"]}}"));
        for other in [r#"{"a":{"c":["x",1],"b":null},"d":"é"}"#, r#"{"a":{"c":[1,"x"]},"d":"é"}"#, "{}", "not JSON"] {
            assert_ne!(one, of(other), "{other}");
        }
        assert_ne!(Fingerprint::new(Some("ab"), Some("c"), "{}"), Fingerprint::new(Some("a"), Some("bc"), "{}"));
    }

    /// Users store fingerprints in databases, so the fingerprint of a webhook must never change.
    #[test]
    fn is_stable_across_versions() {
        let fingerprint = Fingerprint::new(Some("reward_web_hook"), Some("my-store"), r#"{"reward":{"id":1}}"#);
        assert_eq!(fingerprint.to_string(), "7a6368d8110fbcedc315b5220b9a4a79a91a571e06fe330398eb92bb1acb5d2d");
    }
}
