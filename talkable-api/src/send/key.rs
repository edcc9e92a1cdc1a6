//! The API key, which is never printed, and is removed from responses that echo it.

mod source;

use bytes::Bytes;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

pub(crate) use self::source::KeySource;
use crate::error::InvalidError;

/// The text that replaces a key.
const MASK: &str = "[api key]";

/// The minimum length of a key that is removed from responses. Shorter strings can occur in a response by chance, and
/// real keys are longer.
const SHORTEST_TO_SCRUB: usize = 4;

/// A valid API key.
///
/// Unlike `secret`, the copy of the key in `header` is not wiped from memory when it is dropped.
#[derive(Debug)]
pub(crate) struct ApiKey {
    secret: SecretString,
    header: HeaderValue,
}

impl ApiKey {
    /// Validates a key. The error does not contain the key.
    pub(crate) fn new(secret: SecretString) -> Result<Self, InvalidError> {
        let text = secret.expose_secret();
        if text.is_empty() {
            return Err(InvalidError::new("api_key", "must not be empty"));
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "must contain only visible ASCII characters";
            return Err(InvalidError::new("api_key", reason));
        }
        let mut header = HeaderValue::from_str(&format!("Bearer {text}"))
            .map_err(|_| InvalidError::new("api_key", "not a valid header value"))?;
        header.set_sensitive(true);
        Ok(Self { secret, header })
    }

    fn is(&self, secret: &SecretString) -> bool {
        self.secret.expose_secret() == secret.expose_secret()
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// Removes the key from a response body.
    pub(crate) fn scrub(&self, body: Bytes) -> Bytes {
        self.scrubbed(&body).map_or(body, Bytes::from)
    }

    /// Removes the key from a message.
    pub(crate) fn scrub_text(&self, text: String) -> String {
        let key = self.secret.expose_secret();
        if key.len() < SHORTEST_TO_SCRUB || !text.contains(key) { text } else { text.replace(key, MASK) }
    }

    /// Removes the key from a header value. Returns `None` if the result is not a valid header value.
    pub(crate) fn scrub_header(&self, value: &HeaderValue) -> Option<HeaderValue> {
        self.scrubbed(value.as_bytes()).map_or(Some(value.clone()), |text| HeaderValue::from_bytes(&text).ok())
    }

    /// Returns the text without the key, or `None` if the text does not contain the key.
    fn scrubbed(&self, text: &[u8]) -> Option<Vec<u8>> {
        let key = self.secret.expose_secret().as_bytes();
        if key.len() < SHORTEST_TO_SCRUB {
            return None;
        }
        let (mut scrubbed, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = split(rest, key) {
            scrubbed.extend_from_slice(before);
            scrubbed.extend_from_slice(MASK.as_bytes());
            rest = after;
        }
        if scrubbed.is_empty() {
            return None;
        }
        scrubbed.extend_from_slice(rest);
        Some(scrubbed)
    }
}

/// Returns the texts before and after the first occurrence of the key.
fn split<'a>(text: &'a [u8], key: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    (0..text.len()).find_map(|at| {
        let (before, rest) = text.split_at_checked(at)?;
        Some((before, after(rest, key)?))
    })
}

/// Returns the text after the key, if the text starts with the key. JSON may escape any character of the key.
fn after<'a>(text: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    key.iter().try_fold(text, |text, byte| after_escape(text, *byte).or_else(|| text.strip_prefix(&[*byte])))
}

/// Returns the text after a character, if the text starts with an escape of the character: `\/` or `\u002f`.
fn after_escape(text: &[u8], byte: u8) -> Option<&[u8]> {
    let escape = text.strip_prefix(b"\\")?;
    if let Some(rest) = escape.strip_prefix(&[byte]).filter(|_| b"\"\\/".contains(&byte)) {
        return Some(rest);
    }
    let (digits, rest) = escape.strip_prefix(b"u")?.split_at_checked(4)?;
    let number = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
    (number == u32::from(byte)).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<ApiKey, InvalidError> {
        ApiKey::new(text.into())
    }

    #[test]
    fn rejects_invalid_keys_without_showing_them() {
        for text in ["", " ", "with space", "line\r\nX-Evil: 1", "n\u{0}ul", "schlüssel", "tab\t", "trailing\n"] {
            let error = key(text).expect_err("an invalid key");
            let shown = format!("{error} {error:?}");
            assert!(text.trim().is_empty() || !shown.contains(text.trim()), "{shown}");
        }
    }

    #[test]
    fn marks_the_header_as_sensitive() {
        let key = key("sesame-0123").expect("a valid key");
        assert!(key.header().is_sensitive());
        assert!(!format!("{:?}", key.header()).contains("sesame"));
    }

    #[test]
    fn removes_an_echoed_key() {
        let key = key("sesame-0123").expect("a valid key");
        let body = key.scrub(Bytes::from_static(b"sesame-0123 and {\"key\":\"sesame-0123\"}"));
        assert_eq!(body, "[api key] and {\"key\":\"[api key]\"}");
        assert_eq!(key.scrub_text("bad key sesame-0123".into()), "bad key [api key]");
        assert_eq!(key.scrub(Bytes::from_static(b"nothing here")), "nothing here");
    }

    #[test]
    fn removes_a_key_that_is_escaped_in_json() {
        let key = key("a/\"\\+Z9").expect("a valid key");
        for escaped in [r#"a/"\+Z9"#, r#"a\/\"\\+Z9"#, r"\u0061\u002F\u0022\u005c\u002b\u005A\u0039"] {
            let body = Bytes::from(format!(r#"{{"key":"{escaped}"}}"#));
            assert_eq!(key.scrub(body), r#"{"key":"[api key]"}"#, "{escaped}");
        }
        assert_eq!(key.scrub(Bytes::from_static(b"a/\\u00")), "a/\\u00");
    }
}
