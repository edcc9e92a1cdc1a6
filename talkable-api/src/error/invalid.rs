//! Nothing was sent.
//!
//! ```
//! use talkable_api::{Client, Error};
//!
//! let error = Client::new("two words", "my-store").unwrap_err();
//! assert!(matches!(error, Error::Invalid(error) if error.argument() == "api_key"));
//! ```

use std::borrow::Cow;
use std::fmt;

/// An argument or a setting that is unfit.
///
/// ```
/// # fn example(error: &talkable_api::InvalidError) {
/// eprintln!("mend {}: {}", error.argument(), error.reason());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidError {
    argument: Cow<'static, str>,
    reason: Cow<'static, str>,
}

impl InvalidError {
    /// Neither text may hold the value: it may be a secret, or personal.
    pub(crate) fn new(argument: impl Into<Cow<'static, str>>, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { argument: argument.into(), reason: reason.into() }
    }

    /// Which argument or setting it is.
    ///
    /// ```
    /// # fn example(error: &talkable_api::InvalidError) {
    /// eprintln!("mend {}", error.argument());
    /// # }
    /// ```
    pub fn argument(&self) -> &str {
        &self.argument
    }

    /// What is wrong with it, without the value.
    ///
    /// ```
    /// # fn example(error: &talkable_api::InvalidError) {
    /// eprintln!("{}", error.reason());
    /// # }
    /// ```
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for InvalidError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is unfit: {}", self.argument, self.reason)
    }
}

impl std::error::Error for InvalidError {}
