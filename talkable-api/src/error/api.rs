//! Errors for calls rejected by the API.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::call_info::CallInfo;

/// The maximum length of a message in `Display`, in characters.
const SHOWN: usize = 300;

/// The maximum length of an e-mail address with every character percent-encoded.
const LONGEST_ADDRESS: usize = 320 * 3;

/// The error for a call rejected by the API.
///
/// The API responds with a 400, not a 404, if a person or an offer does not exist. [`reason`](Self::reason) distinguishes these
/// cases.
#[non_exhaustive]
pub struct ApiError {
    pub(crate) info: CallInfo,
    pub(crate) status: StatusCode,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) message: Option<String>,
    pub(crate) body: Bytes,
}

/// The kind of an [`ApiError`], which depends only on the status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// 400: the request is invalid, or refers to an object that does not exist, such as a person or an offer.
    BadRequest,
    /// 401: the API key is missing or wrong.
    Unauthorized,
    /// 403: the API key does not permit this operation.
    Forbidden,
    /// 404: the URL does not exist.
    NotFound,
    /// 422: the request contains invalid values.
    Unprocessable,
    /// 429: the site is rate limited.
    TooManyRequests,
    /// 5xx: the API or a proxy failed.
    Server,
    /// 3xx: the response is a redirect, which the client does not follow.
    Redirect,
    /// 2xx: the body contains `ok: false`.
    Rejected,
    /// Any other status.
    Other,
}

impl ApiError {
    /// The operation, attempts and request id of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The HTTP status of the response.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The kind of the error, which depends only on the status.
    pub fn kind(&self) -> ApiErrorKind {
        match self.status.as_u16() {
            200..=299 => ApiErrorKind::Rejected,
            300..=399 => ApiErrorKind::Redirect,
            400 => ApiErrorKind::BadRequest,
            401 => ApiErrorKind::Unauthorized,
            403 => ApiErrorKind::Forbidden,
            404 => ApiErrorKind::NotFound,
            422 => ApiErrorKind::Unprocessable,
            429 => ApiErrorKind::TooManyRequests,
            500..=599 => ApiErrorKind::Server,
            _ => ApiErrorKind::Other,
        }
    }

    /// The API's complete message, or the reason phrase of the status if the response has no message. It is meant for
    /// developers, not for shoppers.
    ///
    /// `Display` and `Debug` shorten the message to 300 characters and mask e-mail addresses.
    pub fn message(&self) -> &str {
        let name = || self.status.canonical_reason().unwrap_or("no message");
        self.message.as_deref().unwrap_or_else(name)
    }

    /// The time to wait before repeating the call, from the response's `Retry-After` header.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The response body, which may be truncated and is not necessarily JSON. It may contain personal data, so `Display` and
    /// `Debug` omit it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operation, status) = (self.info.operation(), self.status.as_u16());
        write!(formatter, "{operation} failed with status {status}: {}{}", shown(self.message()), self.info.suffix())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ApiError");
        shown.field("info", &self.info).field("status", &self.status.as_u16());
        shown.field("message", &self::shown(self.message())).finish_non_exhaustive()
    }
}

impl std::error::Error for ApiError {}

/// Makes a message safe for logs: shortens it, joins its lines, and masks plain and percent-encoded e-mail addresses.
fn shown(message: &str) -> String {
    let is_end = |character: char| character.is_whitespace() || "\"'`<>()[]{},;:/?&=".contains(character);
    // Search beyond the limit, because an e-mail address that begins before it may have its `@` after it.
    let searched: String = message.chars().take(SHOWN + LONGEST_ADDRESS).collect();
    let mut text = String::new();
    for part in searched.split_inclusive(is_end) {
        let word = part.trim_end_matches(is_end);
        let is_address = word.contains('@') || word.contains("%40");
        text.push_str(if is_address { "[address]" } else { word });
        text.extend(part.chars().skip(word.chars().count()));
    }
    let is_cut = text.chars().nth(SHOWN).is_some() || message.len() > searched.len();
    let line = text.chars().take(SHOWN).map(|character| if character.is_control() { ' ' } else { character });
    line.chain(is_cut.then_some('…')).collect()
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;
    use crate::call_info::CallStats;
    use crate::operation::Operation;

    fn error(status: u16, message: Option<&str>) -> ApiError {
        static FIND: Operation = Operation::new("findPerson", Method::GET, "/");
        ApiError {
            info: CallInfo { operation: &FIND, stats: CallStats::default(), request_id: None },
            status: StatusCode::from_u16(status).expect("a status"),
            retry_after: None,
            message: message.map(str::to_owned),
            body: Bytes::from_static(b"jane@example.com"),
        }
    }

    #[test]
    fn the_status_determines_the_kind() {
        for (status, kind) in [
            (200, ApiErrorKind::Rejected),
            (302, ApiErrorKind::Redirect),
            (400, ApiErrorKind::BadRequest),
            (401, ApiErrorKind::Unauthorized),
            (403, ApiErrorKind::Forbidden),
            (404, ApiErrorKind::NotFound),
            (418, ApiErrorKind::Other),
            (422, ApiErrorKind::Unprocessable),
            (429, ApiErrorKind::TooManyRequests),
            (503, ApiErrorKind::Server),
        ] {
            assert_eq!(error(status, None).kind(), kind, "{status}");
        }
    }

    #[test]
    fn display_shortens_the_message_to_one_line() {
        let long = format!("first\nline {}", "x".repeat(1_000_000));
        let shown = error(400, Some(&long)).to_string();
        assert!(shown.starts_with("findPerson failed with status 400: first line xxx"), "{shown}");
        assert!(shown.chars().count() < 400);
        assert!(format!("{:?}", error(400, Some(&long))).chars().count() < 500);
        assert_eq!(error(502, None).to_string(), "findPerson failed with status 502: Bad Gateway");
        assert!(!format!("{:?}", error(400, None)).contains("jane"));
    }

    #[test]
    fn masks_email_addresses() {
        let check = |message: &str, expected: &str| assert_eq!(shown(message), expected);
        check("No person jane@example.com", "No person [address]");
        check("'jane+1@example.com', \"jörg@exämple.com\"", "'[address]', \"[address]\"");
        check("/people/jane%40example.com?a=b", "/people/[address]?a=b");
        check("mailto:jane@example.com: unknown\n", "mailto:[address]: unknown ");
        let late = format!("{}{}@example.com", "x ".repeat(149), "jane".repeat(16));
        assert!(!shown(&late).contains("jane"), "{}", shown(&late));
        assert_eq!(error(400, Some("jane@example.com")).message(), "jane@example.com");
    }
}
