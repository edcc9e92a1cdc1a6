//! The errors of a call, divided by what can be done about them.
//!
//! No error contains a URL, because the paths of this API contain e-mail addresses, and none contains the API key.

mod api;
mod attempt;
mod decode;
mod invalid;
mod throttled;
mod transport;

use std::fmt;

pub use api::{ApiError, ApiErrorKind};
pub(crate) use attempt::AttemptError;
pub use decode::DecodeError;
pub use invalid::InvalidError;
pub use throttled::ThrottledError;
pub(crate) use throttled::WaitLimit;
pub use transport::{TransportError, TransportErrorKind};

use crate::call_info::CallInfo;

/// Why a call failed.
///
/// ```no_run
/// # use talkable_api::{ApiErrorKind, Call, Error};
/// # async fn example(call: Call<String>) -> Result<(), Error> {
/// match call.await {
///     Ok(value) => println!("{value}"),
///     Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => eprintln!("{}", error.message()),
///     Err(error) if error.is_throttled() => eprintln!("try again later: {error}"),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The API refused the request.
    Api(Box<ApiError>),
    /// There was no usable response: no connection, a broken one, a timeout, or a body over the limit.
    Transport(Box<TransportError>),
    /// The API accepted the request, but the response does not decode.
    Decode(Box<DecodeError>),
    /// The site is rate limited for longer than the limits of this call allow it to wait.
    Throttled(Box<ThrottledError>),
    /// An argument or a setting is invalid, and nothing was sent.
    Invalid(Box<InvalidError>),
}

impl Error {
    /// Whether the API or the throttle held the call back, so that it may succeed later.
    pub fn is_throttled(&self) -> bool {
        match self {
            Self::Throttled(_) => true,
            Self::Api(error) => error.kind() == ApiErrorKind::TooManyRequests,
            _ => false,
        }
    }

    /// The facts about the call; `None` for [`Invalid`](Self::Invalid).
    pub fn info(&self) -> Option<&CallInfo> {
        match self {
            Self::Api(error) => Some(&error.info),
            Self::Transport(error) => Some(&error.info),
            Self::Decode(error) => Some(&error.info),
            Self::Throttled(error) => Some(&error.info),
            Self::Invalid(_) => None,
        }
    }

    /// [`CallInfo::maybe_executed`]; `false` for [`Invalid`](Self::Invalid).
    pub fn maybe_executed(&self) -> bool {
        self.info().is_some_and(CallInfo::maybe_executed)
    }

    /// The status of the last response. For [`Throttled`](Self::Throttled), that is a 429 if there was one.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status()),
            Self::Throttled(error) => error.last().map(ApiError::status),
            Self::Transport(_) | Self::Invalid(_) => None,
        }
    }

    /// The value of OpenTelemetry's `error.type`.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Api(error) if error.status.is_success() => "rejected",
            Self::Api(error) => error.status.as_str(),
            Self::Transport(error) => error.kind().name(),
            Self::Decode(_) => "decode",
            Self::Throttled(_) => "throttled",
            Self::Invalid(_) => "invalid",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(formatter),
            Self::Transport(error) => error.fmt(formatter),
            Self::Decode(error) => error.fmt(formatter),
            Self::Throttled(error) => error.fmt(formatter),
            Self::Invalid(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            Self::Throttled(error) => error.source(),
            Self::Api(_) | Self::Decode(_) | Self::Invalid(_) => None,
        }
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
    fn an_invalid_argument_has_no_call() {
        let invalid = Error::from(InvalidError::new("key", "it is empty"));
        assert!(!invalid.is_throttled() && invalid.info().is_none() && !invalid.maybe_executed());
        assert_eq!((invalid.status(), invalid.to_string().as_str()), (None, "invalid key: it is empty"));
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 16, "{}", size_of::<Error>());
    }
}
