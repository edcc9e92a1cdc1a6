//! The error for invalid settings.

use std::error::Error;
use std::fmt;
use std::io;

use reqwest::Url;

/// The error for an invalid setting. The message names the setting and gives the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSetting(String);

impl InvalidSetting {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for InvalidSetting {}

impl From<InvalidSetting> for io::Error {
    fn from(invalid: InvalidSetting) -> Self {
        Self::new(io::ErrorKind::InvalidInput, invalid)
    }
}

/// Parses an `http` or `https` URL.
pub(crate) fn parse_http_url(text: &str) -> Result<Url, InvalidSetting> {
    let url = Url::parse(text).map_err(|error| InvalidSetting::new(format!("`{text}` is not a URL: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(InvalidSetting::new(format!("`{text}` does not start with http:// or https://"))),
    }
}
