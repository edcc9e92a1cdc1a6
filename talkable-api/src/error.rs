//! What can go wrong with a call, told apart by who can do something about it.
//!
//! ```no_run
//! # use talkable_api::{ApiErrorKind, Call, Error};
//! # async fn example(call: Call<String>) -> Result<(), Error> {
//! match call.await {
//!     Ok(value) => println!("{value}"),
//!     Err(Error::Api(error)) if error.kind() == ApiErrorKind::BadRequest => eprintln!("{}", error.message()),
//!     Err(error) if error.is_throttled() => eprintln!("later: {error}"),
//!     Err(error) => return Err(error),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! No error holds a URL, since the paths of this API hold e-mail addresses, and none holds the API key.

mod api;
mod decode;
mod invalid;
mod transport;

use std::fmt;
use std::time::Duration;

pub use api::{ApiError, ApiErrorKind};
pub use decode::DecodeError;
pub use invalid::InvalidError;
pub(crate) use transport::AttemptError;
pub use transport::{TransportError, TransportErrorKind};

/// Why a call gave no value.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The API answered, and said no.
    Api(Box<ApiError>),
    /// No usable answer came: no connection, a broken one, a timeout, or more bytes than the limit.
    Transport(Box<TransportError>),
    /// The API said yes in a form that these bindings don't know.
    Decode(Box<DecodeError>),
    /// The calls of the site are held back, and the limits of this one leave no time to wait longer: the API has refused some, or
    /// as many as may be are under way and unanswered.
    #[non_exhaustive]
    Throttled {
        /// How long to wait at least before another try makes sense.
        retry_in: Duration,
        /// How often the request was sent.
        attempts: u32,
        /// How long the call has waited in all.
        waited: Duration,
        /// The last answer of 429 to this call, if it had one.
        last: Option<Box<ApiError>>,
        /// Whether the API may have carried the request out, in an attempt that failed otherwise.
        maybe_executed: bool,
    },
    /// Nothing was sent: an argument or a setting is unfit.
    Invalid(Box<InvalidError>),
}

impl Error {
    /// Whether calls of this site are held back, by the API or by the throttle, so that the same call may succeed later.
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) {
    /// if call.await.is_err_and(|error| error.is_throttled()) {
    ///     eprintln!("put it back into the queue");
    /// }
    /// # }
    /// ```
    pub fn is_throttled(&self) -> bool {
        match self {
            Self::Throttled { .. } => true,
            Self::Api(error) => error.kind() == ApiErrorKind::TooManyRequests,
            _ => false,
        }
    }

    /// Whether the API may have carried the request out: there was a timeout, a broken connection or a 5xx, now or in an earlier
    /// attempt, or an answer that can't be read.
    ///
    /// Where it is false, the same call can be made again without doing anything twice.
    ///
    /// ```
    /// let error = talkable_api::Client::new("", "my-store").unwrap_err();
    /// assert!(!error.maybe_executed());
    /// ```
    pub fn maybe_executed(&self) -> bool {
        matches!(self, Self::Decode(_)) || self.stats().maybe_executed
    }

    /// How often the request was sent.
    ///
    /// ```
    /// let error = talkable_api::Client::new("", "my-store").unwrap_err();
    /// assert_eq!(error.attempts(), 0);
    /// ```
    pub fn attempts(&self) -> u32 {
        self.stats().attempts
    }

    /// How long the call has waited between its attempts, or for leave to make one.
    ///
    /// ```
    /// let error = talkable_api::Client::new("", "my-store").unwrap_err();
    /// assert!(error.waited().is_zero());
    /// ```
    pub fn waited(&self) -> Duration {
        self.stats().waited
    }

    /// The status of the last answer, if there was one. Of [`Throttled`](Self::Throttled) it is the last 429.
    ///
    /// ```
    /// let error = talkable_api::Client::new("", "my-store").unwrap_err();
    /// assert_eq!(error.status(), None);
    /// ```
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api(error) => Some(error.status()),
            Self::Decode(error) => Some(error.status()),
            Self::Throttled { last, .. } => last.as_deref().map(ApiError::status),
            Self::Transport(_) | Self::Invalid(_) => None,
        }
    }

    /// The `X-Request-Id` of the same answer, for the vendor's support.
    ///
    /// ```no_run
    /// # async fn example(call: talkable_api::Call<String>) {
    /// if let Err(error) = call.await {
    ///     eprintln!("{error}; request {}", error.request_id().unwrap_or("without a number"));
    /// }
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api(error) => error.request_id(),
            Self::Decode(error) => error.request_id(),
            Self::Throttled { last, .. } => last.as_deref().and_then(ApiError::request_id),
            Self::Transport(error) => error.request_id(),
            Self::Invalid(_) => None,
        }
    }

    /// What went wrong in a word, as OpenTelemetry's `error.type` has it.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Api(error) if error.status.is_success() => "rejected",
            Self::Api(error) => error.status.as_str(),
            Self::Transport(error) => error.kind().name(),
            Self::Decode(_) => "decode",
            Self::Throttled { .. } => "throttled",
            Self::Invalid(_) => "invalid",
        }
    }

    pub(crate) fn stats(&self) -> CallStats {
        match self {
            Self::Api(error) => error.stats,
            Self::Transport(error) => error.stats,
            Self::Decode(error) => error.stats,
            Self::Throttled { attempts, waited, maybe_executed, .. } => {
                CallStats { attempts: *attempts, waited: *waited, maybe_executed: *maybe_executed }
            }
            Self::Invalid(_) => CallStats::default(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => error.fmt(formatter),
            Self::Transport(error) => error.fmt(formatter),
            Self::Decode(error) => error.fmt(formatter),
            Self::Throttled { retry_in, .. } => {
                write!(
                    formatter,
                    "the calls of the site are held back, and the limits of this one don't let it wait "
                )?;
                write!(formatter, "{retry_in:.1?} more{}", self.stats())
            }
            Self::Invalid(error) => write!(formatter, "nothing was sent, {error}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => error.source(),
            Self::Throttled { last, .. } => last.as_deref().map(|last| last as _),
            Self::Api(_) | Self::Decode(_) | Self::Invalid(_) => None,
        }
    }
}

impl From<InvalidError> for Error {
    fn from(error: InvalidError) -> Self {
        Self::Invalid(Box::new(error))
    }
}

/// What a call has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallStats {
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
    /// Whether an attempt may have been carried out.
    pub(crate) maybe_executed: bool,
}

impl fmt::Display for CallStats {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts > 1 {
            write!(formatter, " ({} attempts, {:.1?} of waiting)", self.attempts, self.waited)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn throttled(attempts: u32) -> Error {
        let (retry_in, waited) = (Duration::from_secs(90), Duration::from_millis(1_250));
        Error::Throttled { retry_in, attempts, waited, last: None, maybe_executed: false }
    }

    #[test]
    fn what_is_shown_tells_what_it_took() {
        let expected = "the calls of the site are held back, and the limits of this one don't let it wait 90.0s more";
        assert_eq!(throttled(1).to_string(), expected);
        assert_eq!(throttled(3).to_string(), format!("{expected} (3 attempts, 1.2s of waiting)"));
        let invalid = Error::from(InvalidError::new("person_slug", "it is empty"));
        assert_eq!(invalid.to_string(), "nothing was sent, person_slug is unfit: it is empty");
    }

    #[test]
    fn effort_is_the_same_whatever_went_wrong() {
        assert_eq!((throttled(3).attempts(), throttled(3).waited()), (3, Duration::from_millis(1_250)));
        assert!(throttled(0).is_throttled() && throttled(0).source().is_none());
        let invalid = Error::from(InvalidError::new("key", "it is empty"));
        assert!(!invalid.is_throttled() && invalid.attempts() == 0 && invalid.waited().is_zero());
        assert_eq!((invalid.status(), invalid.request_id()), (None, None));
    }

    #[test]
    fn an_error_is_small() {
        assert!(size_of::<Error>() <= 64, "{}", size_of::<Error>());
    }
}
