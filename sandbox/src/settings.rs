//! The values that configure a sandbox.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use reqwest::Url;

mod clock;
mod webhook_target;

pub use clock::Clock;
pub(crate) use clock::LocalClock;
pub use webhook_target::WebhookTarget;

/// The limits on the resources that clients can use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) connections: usize,
    /// The timeout for receiving a request's head or body, for idle connections, and for responses that the client does not
    /// read.
    pub(crate) client_timeout: Duration,
    pub(crate) site_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 1024, client_timeout: Duration::from_secs(30), site_bytes: 64 * 1024 * 1024 }
    }
}

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

pub(crate) fn parse_http_url(text: &str) -> Result<Url, InvalidSetting> {
    let url = Url::parse(text).map_err(|error| InvalidSetting::new(format!("`{text}` is not a URL: {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        _ => Err(InvalidSetting::new(format!("`{text}` does not start with http:// or https://"))),
    }
}
