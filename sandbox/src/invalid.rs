//! Settings that make no sense.

use std::error::Error;
use std::fmt;
use std::io;

use reqwest::Url;

/// A setting that makes no sense, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid(String);

impl Invalid {
    pub(crate) fn new(words: impl Into<String>) -> Self {
        Self(words.into())
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Invalid {}

impl From<Invalid> for io::Error {
    fn from(invalid: Invalid) -> Self {
        Self::new(io::ErrorKind::InvalidInput, invalid)
    }
}

/// Reads the address of something that speaks HTTP.
pub(crate) fn web_address(text: &str) -> Result<Url, Invalid> {
    let url = Url::parse(text).map_err(|error| Invalid::new(format!("`{text}` is no address: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(Invalid::new(format!("`{text}` does not begin with http:// or https://"))),
    }
}
