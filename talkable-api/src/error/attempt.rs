//! The failure of one attempt.

use reqwest::header::HeaderValue;

use super::TransportErrorKind;

/// Why one attempt brought no response.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) kind: TransportErrorKind,
    /// The request id, if the headers of a response arrived.
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) source: Option<reqwest::Error>,
}

impl AttemptError {
    pub(crate) fn new(kind: TransportErrorKind) -> Self {
        Self { kind, request_id: None, source: None }
    }

    pub(crate) fn timeout() -> Self {
        Self::new(TransportErrorKind::Timeout)
    }

    /// Whether the API can't have seen the request.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.kind == TransportErrorKind::Connect
    }

    /// Whether another attempt may succeed.
    pub(crate) fn is_transient(&self) -> bool {
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
