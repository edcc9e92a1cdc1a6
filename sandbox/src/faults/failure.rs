//! Failures of single calls, requested by tests.

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;

use super::{Fault, broken_response};

/// A failure of a single call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Failure {
    /// The response has this status and an HTML page, or no body if the status is 429. The call is not processed.
    Status(u16),
    /// The response has status 429 and a `Retry-After` header with this number of seconds. The call is not processed.
    RetryAfter(u64),
    /// The connection is closed without a response. The call is not processed.
    Dropped,
    /// The call is processed, but the connection is closed without a response.
    DroppedAfterProcessing,
    /// The call is processed, but the response is cut off halfway.
    Truncated,
}

impl Failure {
    /// Returns the response to a call that is not processed, or the fault of a call that is.
    pub(crate) fn apply(&self) -> Result<Response, Fault> {
        match self {
            Self::Status(429) => Ok(StatusCode::TOO_MANY_REQUESTS.into_response()),
            Self::Status(status) => Ok(broken_response::server_error(*status)),
            Self::RetryAfter(seconds) => {
                let headers = HeaderMap::from_iter([(axum::http::header::RETRY_AFTER, (*seconds).into())]);
                Ok((StatusCode::TOO_MANY_REQUESTS, headers).into_response())
            }
            Self::Dropped => {
                let mut response = Response::default();
                response.extensions_mut().insert(Fault::Dropped);
                Ok(response)
            }
            Self::DroppedAfterProcessing => Err(Fault::Dropped),
            Self::Truncated => Err(Fault::Truncated),
        }
    }
}
