//! Path arguments: any text becomes exactly one segment, or is refused.
//!
//! People are addressed by e-mail address, phone number or customer number, coupons by whatever the shop printed on
//! them. All of it may hold characters that mean something in a URL.
//!
//! ```
//! # use talkable_api::__private::{Method, Operation, SiteSlug};
//! # use talkable_api::{Call, Client};
//! # static FIND: Operation = Operation::new("find", Method::GET, "/api/v2/people/{person_slug}");
//! # let client = Client::new("key-0123", "my-store")?;
//! let call: Call<()> = Call::enveloped(&client, &FIND).segment("jane+1@example.com");
//! assert_eq!(call.request().path(), "/api/v2/people/jane%2B1%40example.com");
//! # Ok::<(), talkable_api::Error>(())
//! ```

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

/// All but RFC 3986's unreserved characters. The backslash is among what is encoded: URL parsers turn it into a slash.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a text for any place in a URL.
pub(crate) fn encode(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, RESERVED)
}

/// Encodes a text as one segment of a path.
///
/// Empty and dot segments can't be expressed: URL parsers fold them even when they are percent-encoded, and the request
/// would reach another operation.
pub(crate) fn segment(text: &str) -> Result<PercentEncode<'_>, &'static str> {
    match text {
        "" => Err("it is empty, and the request would address something else"),
        "." | ".." => Err("a segment of dots is folded away in URLs, and the request would address something else"),
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
    fn what_cannot_be_expressed_is_refused() {
        for text in ["", ".", ".."] {
            assert!(segment(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn reserved_characters_are_encoded() {
        let check = |text, expected| assert_eq!(segment(text).expect("it can be expressed").to_string(), expected);
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
        fn any_text_arrives_as_itself_in_its_own_segment(text in any::<String>()) {
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
