//! Path arguments. Each string is encoded as exactly one segment, or rejected.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// All characters except the unreserved ones of RFC 3986. The set includes the backslash, which URL parsers treat as a
/// slash.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a string for any part of a URL.
pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// Encodes a string as one segment of a path.
///
/// Empty segments and dot segments are rejected, because URL parsers or servers remove them, even if they are
/// percent-encoded. The request would then reach another operation.
pub(crate) fn segment(text: &str) -> Result<PercentEncode<'_>, &'static str> {
    match text {
        "" => Err("must not be empty"),
        "." | ".." => Err("must not be `.` or `..`, which URL parsers remove"),
        text => Ok(encode(text)),
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use reqwest::Url;

    use super::*;

    #[test]
    fn rejects_empty_and_dot_segments() {
        for text in ["", ".", ".."] {
            assert!(segment(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn encodes_reserved_characters() {
        let check = |text, expected| assert_eq!(segment(text).expect("a valid segment").to_string(), expected);
        check("..\\x", "..%5Cx");
        check("a/b", "a%2Fb");
        check("a%2Fb", "a%252Fb");
        check("%2e%2e", "%252e%252e");
        check("a?b#c", "a%3Fb%23c");
        check("\r\n\t\0", "%0D%0A%09%00");
        check("é😀", "%C3%A9%F0%9F%98%80");
        check("...", "...");
    }

    proptest! {
        #[test]
        fn any_valid_segment_survives_a_round_trip(text in any::<String>()) {
            let Ok(encoded) = segment(&text) else { return Ok(()) };
            let url = Url::parse(&format!("https://example.com/api/v2/people/{encoded}/personal_data"));
            let url = url.map_err(|error| TestCaseError::fail(error.to_string()))?;
            let segments: Vec<_> = url.path().split('/').collect();
            prop_assert_eq!(segments.len(), 6);
            let decoded = percent_decode_str(segments[4]).decode_utf8();
            prop_assert_eq!(decoded.as_deref(), Ok(text.as_str()));
        }
    }
}
