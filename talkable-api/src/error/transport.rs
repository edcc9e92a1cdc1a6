//! Errors for calls and attempts that received no complete response.

use std::fmt;

use reqwest::header::HeaderValue;
use tokio::time::error::Elapsed;

use crate::call_info::CallInfo;

/// The error for a call that received no complete response.
///
/// [`Error::verdict`](crate::Error::verdict) states whether repeating the call is safe.
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    pub(crate) info: CallInfo,
    pub(crate) kind: TransportErrorKind,
    /// The server's host and port.
    pub(crate) server: String,
    pub(crate) source: Option<reqwest::Error>,
}

/// The kind of a [`TransportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// Connecting failed, so nothing was sent.
    Connect,
    /// The attempt's timeout, the read timeout or the call's deadline expired.
    Timeout,
    /// The connection was lost, or the response is not valid HTTP.
    Interrupted,
    /// The response body exceeds [`response_limit`](crate::ClientBuilder::response_limit).
    TooLarge,
}

impl TransportError {
    /// The operation, attempts and request id of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// How the last attempt failed.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl TransportErrorKind {
    /// The name of the kind for logs and metrics: `connect`, `timeout`, `interrupted` or `too_large`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
        }
    }
}

/// Whether this crate is built without a TLS feature. Another crate may still enable TLS in reqwest.
const WITHOUT_TLS: bool = cfg!(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")));

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "could not connect",
            Self::Timeout => "timed out",
            Self::Interrupted => "connection lost",
            Self::TooLarge => "the response exceeds response_limit",
        })
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed: {}", self.info.operation(), self.kind)?;
        if self.kind == TransportErrorKind::Connect {
            write!(formatter, " to {}", self.server)?;
        }
        write!(formatter, "{}", self.info.suffix())?;
        if self.kind == TransportErrorKind::Connect && WITHOUT_TLS {
            formatter.write_str("; help: enable the feature `rustls`, `rustls-no-provider` or `native-tls`")?;
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// The error for a failed attempt.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) kind: TransportErrorKind,
    /// The request id, if the response headers were received.
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) source: Option<reqwest::Error>,
}

impl AttemptError {
    pub(crate) fn new(kind: TransportErrorKind) -> Self {
        Self { kind, request_id: None, source: None }
    }

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

impl From<Elapsed> for AttemptError {
    fn from(_: Elapsed) -> Self {
        Self::new(TransportErrorKind::Timeout)
    }
}
