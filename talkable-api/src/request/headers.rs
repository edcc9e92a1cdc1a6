//! The headers added to a request by the caller.

use reqwest::header::{HeaderName, HeaderValue};

/// The headers that a caller cannot set, grouped by reason.
const RESERVED: [(&[&str], &str); 5] = [
    (&["authorization", "proxy-authorization"], "the client sets the credentials"),
    (&["host", "x-forwarded-host", "x-original-url", "x-rewrite-url", "forwarded"], "the client sets the destination"),
    (
        &["x-http-method", "x-http-method-override", "x-method-override"],
        "the operation determines the method, and retries depend on it",
    ),
    (
        &["accept", "accept-encoding", "content-encoding", "content-type", "user-agent"],
        "the client sets it; help: for the user agent, see `ClientBuilder::user_agent`",
    ),
    (
        &[
            "connection",
            "content-length",
            "expect",
            "http2-settings",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
        ],
        "the connection sets it",
    ),
];

/// The headers added by the caller, in insertion order.
#[derive(Default)]
pub(crate) struct ExtraHeaders(Vec<(HeaderName, HeaderValue)>);

impl ExtraHeaders {
    /// Adds a header, or replaces an existing header with the same name. An error contains neither the name nor the
    /// value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "not a header name")?;
        if let Some((_, reason)) = RESERVED.iter().find(|(names, _)| names.contains(&name.as_str())) {
            return Err(reason);
        }
        // `HeaderValue` also accepts non-ASCII bytes, which have no standard encoding.
        let is_visible = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let value = HeaderValue::from_str(value).ok().filter(|_| is_visible);
        let mut value = value.ok_or("the value must contain only visible ASCII characters and spaces")?;
        // The value may be a token. HTTP/2 does not store values marked as sensitive in its compression table.
        value.set_sensitive(true);
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.0.push((name, value)),
        }
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(known, _)| known.as_str().eq_ignore_ascii_case(name))?;
        value.to_str().ok()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.0.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn replaces_and_finds_headers_in_any_case() {
        let mut headers = ExtraHeaders::default();
        headers.set("X-Trace", "1").expect("a valid header");
        headers.set("x-trace", "2").expect("a valid header");
        headers.set("X-Other", "").expect("a valid header");
        assert_eq!((headers.get("X-TRACE"), headers.get("x-other"), headers.get("x")), (Some("2"), Some(""), None));
        assert_eq!(headers.iter().count(), 2);
        assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    }

    #[test]
    fn rejects_reserved_headers_in_any_case() {
        for (names, reason) in RESERVED {
            for name in names {
                let mut headers = ExtraHeaders::default();
                assert_eq!(headers.set(name, "1"), Err(reason), "{name}");
                assert_eq!(headers.set(&name.to_uppercase(), "1"), Err(reason), "{name}");
                assert_eq!(headers.iter().count(), 0);
            }
        }
    }

    #[test]
    fn rejects_invalid_names_and_values() {
        for (name, value) in [
            ("", "1"),
            ("x y", "1"),
            ("x:", "1"),
            (":path", "1"),
            ("x\r\nauthorization", "1"),
            ("ü", "1"),
            ("x", "1\r\nauthorization: mine"),
            ("x", "1\n"),
            ("x", "\u{0}"),
            ("x", "\t"),
            ("x", "ü"),
        ] {
            ExtraHeaders::default().set(name, value).expect_err(name);
        }
    }

    proptest! {
        #[test]
        fn any_string_is_accepted_unchanged_or_rejected(name in ".*", value in ".*") {
            let mut headers = ExtraHeaders::default();
            if headers.set(&name, &value).is_ok() {
                prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
                prop_assert_eq!(headers.get(&name), Some(value.as_str()));
            } else {
                prop_assert_eq!(headers.iter().count(), 0);
            }
        }
    }
}
