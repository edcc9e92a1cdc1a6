//! The API answered, and said no.
//!
//! ```
//! use talkable_api::ApiErrorKind;
//!
//! # fn example(error: &talkable_api::ApiError) {
//! if error.kind() == ApiErrorKind::Unauthorized {
//!     eprintln!("the key of this site is wrong: {}", error.message());
//! }
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use super::CallStats;

/// How many characters of a message `Display` shows.
const SHOWN: usize = 300;

/// How many characters an e-mail address may have, each of which may be encoded as three.
const LONGEST_ADDRESS: usize = 320 * 3;

/// An answer that says no. Unknown people, offers and the like are [`ApiErrorKind::BadRequest`] with this API.
///
/// ```no_run
/// # async fn example(call: talkable_api::Call<String>) {
/// if let Err(talkable_api::Error::Api(error)) = call.await {
///     eprintln!("{} said {}: {}", error.operation(), error.status(), error.message());
/// }
/// # }
/// ```
#[non_exhaustive]
pub struct ApiError {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) stats: CallStats,
}

/// The kinds of refusal, told apart by the status and nothing else.
///
/// ```
/// use talkable_api::ApiErrorKind;
///
/// assert_ne!(ApiErrorKind::BadRequest, ApiErrorKind::NotFound);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// 400: something about the request is wrong, or what it names doesn't exist.
    BadRequest,
    /// 401: the key is missing or wrong.
    Unauthorized,
    /// 403: the key doesn't allow this.
    Forbidden,
    /// 404: there is no such address.
    NotFound,
    /// 422: the values were refused by the API's validations.
    Unprocessable,
    /// 429: the site uses too much just now.
    TooManyRequests,
    /// 5xx: the API, or a proxy in front of it, has a fault.
    Server,
    /// 3xx: the API wants to send us elsewhere. Redirects are never followed.
    Redirect,
    /// A good status with `ok: false` in the body.
    Rejected,
    /// Any other status.
    Other,
}

impl ApiError {
    /// The status of the answer.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// let is_missing = matches!(error.status(), 400 | 404);
    /// # }
    /// ```
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// What kind of refusal it is, by its status.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// use talkable_api::ApiErrorKind;
    ///
    /// let is_wrong_key = error.kind() == ApiErrorKind::Unauthorized;
    /// # }
    /// ```
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

    /// The API's own words, or the name of the status if it had none. They are meant for developers, not for shoppers.
    ///
    /// They are complete here; `Display` and `Debug` show no more than 300 characters, and e-mail addresses not at all.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// eprintln!("{}", error.message());
    /// # }
    /// ```
    pub fn message(&self) -> &str {
        let named = || self.status.canonical_reason().unwrap_or("no message");
        self.message.as_deref().unwrap_or_else(named)
    }

    /// The operation that was called, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// eprintln!("{} failed", error.operation());
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The `X-Request-Id` of the answer, for the vendor's support.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// eprintln!("please look at request {}", error.request_id().unwrap_or("without a number"));
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The body of the answer as far as it was read, whatever it is. It may hold personal data, so neither `Display`
    /// nor `Debug` shows it.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// let is_html = error.body().starts_with(b"<");
    /// # }
    /// ```
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the API may have carried the request out all the same: it answered with 5xx, or there was a timeout, a broken
    /// connection or a 5xx in an earlier attempt, of which this refusal may be a result.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// let may_be_our_own_doing = error.maybe_executed();
    /// # }
    /// ```
    pub fn maybe_executed(&self) -> bool {
        self.stats.maybe_executed
    }

    /// How often the request was sent.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// eprintln!("after {} attempts", error.attempts());
    /// # }
    /// ```
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// How long the call has waited between its attempts.
    ///
    /// ```
    /// # fn example(error: &talkable_api::ApiError) {
    /// eprintln!("after {:?}", error.waited());
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.stats.waited
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} was refused with status {}: ", self.operation, self.status.as_u16())?;
        write!(formatter, "{}", shown(self.message()))?;
        if let Some(request_id) = &self.request_id {
            write!(formatter, " (request {request_id})")?;
        }
        write!(formatter, "{}", self.stats)
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("ApiError");
        shown.field("operation", &self.operation).field("status", &self.status.as_u16());
        shown.field("message", &self::shown(self.message())).field("request_id", &self.request_id);
        shown.field("attempts", &self.stats.attempts).field("waited", &self.stats.waited);
        shown.finish_non_exhaustive()
    }
}

impl std::error::Error for ApiError {}

/// A message that is fit for logs: short, on one line, and without e-mail addresses, as they are or encoded for a URL.
fn shown(message: &str) -> String {
    let is_end = |character: char| character.is_whitespace() || "\"'`<>()[]{},;:/?&=".contains(character);
    // An address may begin before the limit and show what it is only behind it.
    let looked_at: String = message.chars().take(SHOWN + LONGEST_ADDRESS).collect();
    let mut text = String::new();
    for part in looked_at.split_inclusive(is_end) {
        let word = part.trim_end_matches(is_end);
        let is_address = word.contains('@') || word.contains("%40");
        text.push_str(if is_address { "[address]" } else { word });
        text.extend(part.chars().skip(word.chars().count()));
    }
    let is_cut = text.chars().nth(SHOWN).is_some() || message.len() > looked_at.len();
    let line = text.chars().take(SHOWN).map(|character| if character.is_control() { ' ' } else { character });
    line.chain(is_cut.then_some('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, message: Option<&str>) -> ApiError {
        ApiError {
            operation: "findPerson",
            status: StatusCode::from_u16(status).expect("a status"),
            message: message.map(str::to_owned),
            request_id: None,
            body: Bytes::from_static(b"jane@example.com"),
            stats: CallStats::default(),
        }
    }

    #[test]
    fn kinds_follow_the_status() {
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
    fn what_is_shown_is_short_and_on_one_line() {
        let long = format!("first\nline {}", "x".repeat(1_000_000));
        let shown = error(400, Some(&long)).to_string();
        assert!(shown.starts_with("findPerson was refused with status 400: first line xxx"), "{shown}");
        assert!(shown.chars().count() < 400);
        assert!(format!("{:?}", error(400, Some(&long))).chars().count() < 500);
        assert_eq!(error(502, None).to_string(), "findPerson was refused with status 502: Bad Gateway");
        assert!(!format!("{:?}", error(400, None)).contains("jane"));
    }

    #[test]
    fn addresses_are_not_shown() {
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
