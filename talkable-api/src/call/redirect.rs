//! The result of an operation that responds with a redirect.

use reqwest::header::LOCATION;

use crate::send::DecodableResponse;

/// A redirect. The client does not follow redirects, because that would send the API key to other servers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Redirect {
    /// The `Location` header, which can be a relative URL.
    pub location: Option<String>,
}

impl Redirect {
    pub(super) fn new(response: &DecodableResponse) -> Self {
        let location = response.raw.headers.get(LOCATION).map(|value| String::from_utf8_lossy(value.as_bytes()));
        Self { location: location.map(std::borrow::Cow::into_owned) }
    }
}
