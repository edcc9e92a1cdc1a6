//! The error of a call or a client with an invalid argument.

use std::borrow::Cow;
use std::fmt;

/// An argument or a setting is invalid, and nothing was sent.
///
/// ```
/// use talkable_api::{Client, Error};
///
/// let error = Client::new("two words", "my-store").unwrap_err();
/// assert!(matches!(error, Error::Invalid(error) if error.argument() == "api_key"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidError {
    argument: Cow<'static, str>,
    reason: Cow<'static, str>,
}

impl InvalidError {
    /// Neither text may contain the value, which may be secret or personal.
    pub(crate) fn new(argument: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { argument: argument.into(), reason: reason.into() }
    }

    /// The name of the argument or setting.
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// Why it is invalid, without its value.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for InvalidError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invalid {}: {}", self.argument, self.reason)
    }
}

impl std::error::Error for InvalidError {}
