//! Errors for invalid arguments and settings.

use std::borrow::Cow;
use std::fmt;

/// The error for an invalid argument or setting. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidError {
    argument: &'static str,
    reason: Cow<'static, str>,
}

impl InvalidError {
    /// Creates an error, for example for a row of [bulk](crate::bulk) calls that can't be converted to a call. The `reason` should
    /// not contain the invalid value, which may be a secret or personal data.
    pub fn new(argument: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { argument, reason: reason.into() }
    }

    /// The name of the argument or setting, such as `api_key`.
    pub fn argument(&self) -> &str {
        self.argument
    }

    /// The reason why the argument is invalid, without its value.
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
