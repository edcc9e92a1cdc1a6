//! The headers that a caller adds to a request, and those that are none of the caller's business.
//!
//! ```
//! # fn example(call: talkable_api::Call<String>, other: talkable_api::Call<String>) {
//! let call = call.header("X-Correlation-Id", "order-1042");
//! let refused = other.header("Authorization", "Bearer mine"); // an error when it is awaited
//! # drop((call, refused));
//! # }
//! ```

use reqwest::header::{HeaderName, HeaderValue};

/// What the client answers for itself, and why.
const RESERVED: [(&[&str], &str); 5] = [
    (&["authorization", "proxy-authorization"], "the client alone says whose key is sent"),
    (
        &["host", "x-forwarded-host", "x-original-url", "x-rewrite-url", "forwarded"],
        "the client alone says where a request goes",
    ),
    (
        &["x-http-method", "x-http-method-override", "x-method-override"],
        "the method is the operation's, and it decides what may be sent again",
    ),
    (
        &["accept", "accept-encoding", "content-encoding", "content-type", "user-agent"],
        "the client sets it by what it sends and reads; for the user agent see ClientBuilder::user_agent",
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
        "it belongs to the connection, not to the request",
    ),
];

/// Headers besides those of the client, in the order in which they were added.
#[derive(Default)]
pub(crate) struct ExtraHeaders(Vec<(HeaderName, HeaderValue)>);

impl ExtraHeaders {
    /// Adds a header, or replaces it if it is there. What is wrong is said without name and value.
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "its name isn't one of a header")?;
        if let Some((_, reason)) = RESERVED.iter().find(|(names, _)| names.contains(&name.as_str())) {
            return Err(reason);
        }
        // `HeaderValue` lets bytes beyond ASCII through, which servers read in different ways.
        let is_visible = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let value = HeaderValue::from_str(value).ok().filter(|_| is_visible);
        let mut value = value.ok_or("its value holds a line break or another byte that isn't visible ASCII")?;
        // It may be a token; at worst this costs the compression of HTTP/2.
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
    fn a_header_is_added_once_and_read_by_any_case() {
        let mut headers = ExtraHeaders::default();
        headers.set("X-Trace", "1").expect("it is fit");
        headers.set("x-trace", "2").expect("it is fit");
        headers.set("X-Other", "").expect("it is fit");
        assert_eq!((headers.get("X-TRACE"), headers.get("x-other"), headers.get("x")), (Some("2"), Some(""), None));
        assert_eq!(headers.iter().count(), 2);
        assert!(headers.iter().all(|(_, value)| value.is_sensitive()));
    }

    #[test]
    fn what_is_the_clients_own_is_refused_in_any_case() {
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
    fn nothing_can_be_smuggled_in() {
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
        fn any_text_is_sent_as_it_is_or_refused(name in ".*", value in ".*") {
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
