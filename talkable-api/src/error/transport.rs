//! The error of a call without a usable response.

use std::fmt;

use crate::call_info::CallInfo;

/// There was no usable response.
///
/// ```no_run
/// # async fn example(call: talkable_api::Call<String>) {
/// if let Err(talkable_api::Error::Transport(error)) = call.await
///     && error.info().maybe_executed()
/// {
///     eprintln!("check whether it was processed before you repeat it: {error}");
/// }
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TransportError {
    pub(crate) info: CallInfo,
    pub(crate) kind: TransportErrorKind,
    /// Host and port.
    pub(crate) server: String,
    pub(crate) source: Option<reqwest::Error>,
}

/// How an attempt failed without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// There was no connection, so the API hasn't seen the request.
    Connect,
    /// The timeout of an attempt or of reading passed, or the deadline of the call.
    Timeout,
    /// The connection broke, or the response isn't HTTP.
    Interrupted,
    /// The body of the response exceeds [`response_limit`](crate::ClientBuilder::response_limit).
    TooLarge,
}

impl TransportError {
    /// The facts about the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// How the last attempt failed.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl TransportErrorKind {
    /// The kind as logs and metrics write it: `connect`, `timeout`, `interrupted` or `too_large`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Interrupted => "interrupted",
            Self::TooLarge => "too_large",
        }
    }
}

/// Whether the features of this crate enable no TLS. Another crate may still do so.
const WITHOUT_TLS: bool = cfg!(not(any(feature = "rustls", feature = "rustls-no-provider", feature = "native-tls")));

impl fmt::Display for TransportErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "could not connect",
            Self::Timeout => "timed out",
            Self::Interrupted => "the connection broke",
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
            formatter
                .write_str("; help: enable one of the features `rustls`, `rustls-no-provider` and `native-tls`")?;
        }
        Ok(())
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
