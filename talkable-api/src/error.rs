//! Errors returned by calls and clients.
//!
//! Errors never contain the API key. They contain no URLs either, because the path of a URL may contain an e-mail address.

mod api;
mod decode;
mod hook;
mod invalid;
mod reason;
mod throttled;
mod transport;
mod verdict;

use std::fmt;

pub use api::{ApiError, ApiErrorKind};
pub use decode::DecodeError;
pub(crate) use hook::BoxError;
pub use hook::HookError;
pub use invalid::InvalidError;
pub(crate) use reason::KnownReason;
pub use throttled::ThrottledError;
pub(crate) use transport::AttemptError;
pub use transport::{TransportError, TransportErrorKind};
pub use verdict::Verdict;

use crate::call_info::CallInfo;

/// An error returned by a call.
///
/// `Display` writes one line for developers, without the API key, URLs or e-mail addresses.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The API rejected the request.
    Api(Box<ApiError>),
    /// No complete response was received: connecting failed, the connection was lost, a timeout expired, or the body is too
    /// large.
    Transport(Box<TransportError>),
    /// The status is 2xx, but the body does not decode: it has an unexpected shape, or is not JSON.
    Decode(Box<DecodeError>),
    /// The site is rate limited, and waiting for the next slot would exceed the call's deadline or `pause_cap`.
    Throttled(Box<ThrottledError>),
    /// The call's [`before_send`](crate::Call::before_send) hook failed.
    Hook(Box<HookError>),
    /// An argument or a setting is invalid. Nothing was sent.
    Invalid(Box<InvalidError>),
}

impl Error {
    /// The operation, attempts and request id of the call, or `None` for [`Invalid`](Self::Invalid).
    pub fn info(&self) -> Option<&CallInfo> {
        match self {
            Self::Api(error) => Some(&error.info),
            Self::Transport(error) => Some(&error.info),
            Self::Decode(error) => Some(&error.info),
            Self::Throttled(error) => Some(&error.info),
            Self::Hook(error) => Some(&error.info),
            Self::Invalid(_) => None,
        }
    }

    /// The HTTP status of the last response, if there is one. For [`Throttled`](Self::Throttled) it is 429, or `None` if the
    /// call got no 429.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status()),
            Self::Throttled(error) => error.last().map(ApiError::status),
            Self::Transport(_) | Self::Hook(_) | Self::Invalid(_) => None,
        }
    }

    fn inner(&self) -> &dyn std::error::Error {
        match self {
            Self::Api(error) => error,
            Self::Transport(error) => error,
            Self::Decode(error) => error,
            Self::Throttled(error) => error,
            Self::Hook(error) => error,
            Self::Invalid(error) => error,
        }
    }

    /// The value of OpenTelemetry's `error.type` attribute.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Api(error) if error.status.is_success() => "rejected",
            Self::Api(error) => error.status.as_str(),
            Self::Transport(error) => error.kind().name(),
            Self::Decode(_) => "decode",
            Self::Throttled(_) => "throttled",
            Self::Hook(_) => "hook",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.inner())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.inner().source()
    }
}

impl From<InvalidError> for Error {
    fn from(error: InvalidError) -> Self {
        Self::Invalid(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_argument_has_no_call_info() {
        let invalid = Error::from(InvalidError::new("key", "must not be empty"));
        assert!(invalid.info().is_none());
        assert_eq!((invalid.verdict(), invalid.is_retryable()), (Verdict::NotSent, false));
        assert_eq!((invalid.status(), invalid.to_string().as_str()), (None, "invalid key: must not be empty"));
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 16, "{}", size_of::<Error>());
    }
}
