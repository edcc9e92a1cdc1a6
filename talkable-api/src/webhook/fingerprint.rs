//! The same delivery is sent until it is answered, and has the same fingerprint each time.
//!
//! ```
//! use talkable_api::webhook::{Delivery, Guard};
//!
//! let guard = Guard::new("the-security-key")?.key("the-next-key")?;
//! let form = b"key=the-security-key&type=new_web_hook&payload=%7B%22a%22%3A1%2C%22b%22%3A2%7D";
//! let json = br#"{"key":"the-next-key", "type":"new_web_hook", "payload":{"b":2, "a":1}}"#;
//! let (one, other) = (Delivery::from_form(form, &guard)?, Delivery::from_json(json, &guard)?);
//! assert_eq!(one.fingerprint(), other.fingerprint());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::fmt;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What tells one delivery from another.
///
/// It is the SHA-256 of the kind, the site and the payload, each behind its length in bytes as a big-endian number of 64
/// bits, where what is missing counts as empty. The payload is written as JSON without blanks and with the names of each
/// object sorted by their bytes. So neither the key nor the form of the delivery makes a difference, and the fingerprint
/// stays the same from one version of this crate to the next.
///
/// ```
/// # fn example(delivery: &talkable_api::webhook::Delivery) {
/// let column = delivery.fingerprint().to_string(); // 64 hexadecimal digits
/// # }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(kind: Option<&str>, site: Option<&str>, payload: &str) -> Self {
        let payload = match serde_json::from_str::<Value>(payload) {
            Ok(value) => {
                let mut text = String::with_capacity(payload.len());
                write(&value, &mut text);
                text
            }
            // What a handler made of it is its own affair; here it is told apart by its bytes.
            Err(_) => payload.to_owned(),
        };
        let mut hash = Sha256::new();
        for part in [kind.unwrap_or_default(), site.unwrap_or_default(), &payload] {
            // No length is beyond 64 bits.
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The 32 bytes.
    ///
    /// ```
    /// # fn example(delivery: &talkable_api::webhook::Delivery) {
    /// let column: Vec<u8> = delivery.fingerprint().as_bytes().to_vec();
    /// # }
    /// ```
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits.
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

/// Writes JSON in the one way that does not depend on how it came. It is as deep as the decoder allows.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(entries) => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_makes_no_difference_and_content_does() {
        let of = |payload: &str| Fingerprint::of(Some("reward_web_hook"), Some("my-store"), payload);
        let one = of(r#"{"a":{"c":[1,"x"],"b":null},"d":"é"}"#);
        assert_eq!(one, of("{ \"d\":\"\\u00e9\",\n\"a\":{\"b\":null,\"c\":[1, \"x\"]}}"));
        for other in [r#"{"a":{"c":["x",1],"b":null},"d":"é"}"#, r#"{"a":{"c":[1,"x"]},"d":"é"}"#, "{}", "no JSON"] {
            assert_ne!(one, of(other), "{other}");
        }
        assert_ne!(Fingerprint::of(Some("ab"), Some("c"), "{}"), Fingerprint::of(Some("a"), Some("bc"), "{}"));
    }

    /// People store fingerprints, so they may not change.
    #[test]
    fn a_fingerprint_stays_what_it_is() {
        let fingerprint = Fingerprint::of(Some("reward_web_hook"), Some("my-store"), r#"{"reward":{"id":1}}"#);
        assert_eq!(fingerprint.to_string(), "7a6368d8110fbcedc315b5220b9a4a79a91a571e06fe330398eb92bb1acb5d2d");
    }
}
