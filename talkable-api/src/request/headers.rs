//! Validation of the headers added to a request by the caller.

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

/// Parses and validates the name and value of a header. An error contains neither of them.
pub(super) fn parse(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
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
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rejects_reserved_headers_in_any_case() {
        for (names, reason) in RESERVED {
            for name in names {
                assert_eq!(parse(name, "1"), Err(reason), "{name}");
                assert_eq!(parse(&name.to_uppercase(), "1"), Err(reason), "{name}");
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
            parse(name, value).expect_err(name);
        }
    }

    proptest! {
        #[test]
        fn any_string_is_accepted_unchanged_or_rejected(name in ".*", value in ".*") {
            if let Ok((parsed, kept)) = parse(&name, &value) {
                prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')));
                prop_assert!(kept.is_sensitive() && kept == value.as_str());
                prop_assert_eq!(parsed.as_str(), name.to_lowercase());
            }
        }
    }
}
