//! No usable answer came.
//!
//! ```no_run
//! # async fn example(call: talkable_api::Call<String>) {
//! if let Err(talkable_api::Error::Transport(error)) = call.await {
//!     if error.maybe_executed() {
//!         eprintln!("look before you send it again: {error}");
//!     }
//! }
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use super::CallStats;
use crate::send::key::ApiKey;

/// A request that was answered by nothing that can be used.
///
/// ```
/// use talkable_api::{TransportError, TransportErrorKind};
///
/// fn is_slow(error: &TransportError) -> bool {
///     error.kind() == TransportErrorKind::Timeout
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    pub(crate) operation: &'static str,
    pub(crate) fault: AttemptError,
    pub(crate) stats: CallStats,
}

/// What became of the request.
///
/// ```
/// use talkable_api::TransportErrorKind;
///
/// assert_eq!(TransportErrorKind::Timeout.to_string(), "no answer came in time");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection came about, so the API hasn't seen the request.
    Connect,
    /// The time for one attempt, for reading, or for the whole call was over.
    Timeout,
    /// The connection broke, or what came over it isn't HTTP.
    Interrupted,
    /// The answer is larger than [`response_limit`](crate::ClientBuilder::response_limit) allows.
    TooLarge,
}

impl TransportError {
    /// What became of the request.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// use talkable_api::TransportErrorKind;
    ///
    /// let is_offline = error.kind() == TransportErrorKind::Connect;
    /// # }
    /// ```
    pub fn kind(&self) -> TransportErrorKind {
        self.fault.kind
    }

    /// Whether the API may have carried the request out, in this attempt or in an earlier one.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// let may_be_sent_again = !error.maybe_executed();
    /// # }
    /// ```
    pub fn maybe_executed(&self) -> bool {
        self.stats.maybe_executed
    }

    /// The operation that was called, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// eprintln!("{} failed", error.operation());
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The `X-Request-Id` of an answer that broke off or was too large, for the vendor's support.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// eprintln!("please look at request {}", error.request_id().unwrap_or("without a number"));
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.fault.request_id.as_deref()
    }

    /// How often the request was sent.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// eprintln!("after {} attempts", error.attempts());
    /// # }
    /// ```
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// How long the call has waited between its attempts.
    ///
    /// ```
    /// # fn example(error: &talkable_api::TransportError) {
    /// eprintln!("after {:?}", error.waited());
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.stats.waited
    }
}

impl TransportErrorKind {
    /// The kind in a word, for logs and metrics.
    ///
    /// ```
    /// assert_eq!(talkable_api::TransportErrorKind::Timeout.name(), "timeout");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
        }
    }
}

/// Whether this crate has brought no TLS, so that there may be none at all.
const WITHOUT_TLS: bool = cfg!(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")));

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connect if WITHOUT_TLS => {
                "no connection came about; for https the crate needs one of its features `rustls`, `rustls-no-provider` \
                 and `native-tls`"
            }
            Self::Connect => "no connection came about",
            Self::Timeout => "no answer came in time",
            Self::Interrupted => "the connection broke",
            Self::TooLarge => "the answer is larger than ClientBuilder::response_limit allows",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed: {}", self.operation, self.fault.kind)?;
        if let Some(request_id) = self.request_id() {
            write!(formatter, " (request {request_id})")?;
        }
        write!(formatter, "{}", self.stats)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.fault.source.as_ref().map(|source| source as _)
    }
}

/// How one attempt failed.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) kind: TransportErrorKind,
    /// The server's, if the answer came as far as that.
    pub(crate) request_id: Option<Box<str>>,
    source: Option<reqwest::Error>,
}

impl AttemptError {
    pub(crate) fn new(kind: TransportErrorKind) -> Self {
        Self { kind, request_id: None, source: None }
    }

    /// The same without the key, which the server may have echoed.
    pub(crate) fn without(mut self, key: &ApiKey) -> Self {
        self.request_id = self.request_id.map(|text| key.scrub_text(text.into()).into());
        self
    }

    /// Whether the API can't have seen the request.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.kind == TransportErrorKind::Connect
    }

    /// Whether the same request may fare better next time.
    pub(crate) fn is_passing(&self) -> bool {
        self.kind != TransportErrorKind::TooLarge
    }
}

impl From<reqwest::Error> for AttemptError {
    fn from(error: reqwest::Error) -> Self {
        let kind = if error.is_connect() {
            TransportErrorKind::Connect
        } else if error.is_timeout() {
            TransportErrorKind::Timeout
        } else {
            TransportErrorKind::Interrupted
        };
        Self { kind, request_id: None, source: Some(error.without_url()) }
    }
}
