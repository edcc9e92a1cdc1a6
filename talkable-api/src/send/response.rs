//! Responses before their body is decoded.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::key::ApiKey;
use crate::call_info::{CallInfo, CallStats};
use crate::decode::envelope::{self, DecodeFailure};
use crate::decode::json_depth;
use crate::decode::location::Mismatch;
use crate::error::{ApiError, DecodeError, Error};
use crate::observe::CallSpan;
use crate::operation::Operation;

const REQUEST_ID: &str = "x-request-id";

/// Request ids are a few dozen characters long.
const LONGEST_REQUEST_ID: usize = 200;

/// A response with any status.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A response with a success status, and the context for an error if its body does not decode.
pub(crate) struct DecodableResponse {
    pub(crate) raw: RawResponse,
    pub(crate) stats: CallStats,
    pub(super) operation: &'static Operation,
    pub(super) key: Arc<ApiKey>,
    pub(super) span: CallSpan,
}

impl RawResponse {
    /// Converts a response with any status to an error without the key.
    pub(super) fn into_error(self, operation: &'static Operation, key: &ApiKey, stats: CallStats) -> ApiError {
        ApiError {
            info: CallInfo { operation, stats, request_id: self.request_id(key) },
            status: self.status,
            message: envelope::error_message(&self.body).map(|message| key.scrub_text(message)),
            body: key.scrub(self.body),
        }
    }

    pub(super) fn request_id(&self, key: &ApiKey) -> Option<HeaderValue> {
        key.scrub_header(request_id(&self.headers)?)
    }

    /// Removes the key of this attempt, for a retry loop that has another one.
    pub(super) fn scrubbed(mut self, key: &ApiKey) -> Self {
        if let Some(id) = request_id(&self.headers)
            && key.scrub_header(id).as_ref() != Some(id)
        {
            self.headers.remove(REQUEST_ID);
        }
        if self.status.is_success() { self } else { Self { body: key.scrub(self.body), ..self } }
    }
}

impl DecodableResponse {
    pub(crate) fn info(&self) -> CallInfo {
        CallInfo { operation: self.operation, stats: self.stats, request_id: self.raw.request_id(&self.key) }
    }

    /// Fails if the body is nested deeper than the limit.
    pub(crate) fn check_depth(&self, limit: Option<usize>) -> Result<(), DecodeFailure> {
        let Some(limit) = limit else { return Ok(()) };
        let Some(at) = json_depth::excess(&self.raw.body, limit) else { return Ok(()) };
        let reason = "the body is nested deeper than json_depth_limit";
        Err(DecodeFailure::Mismatch(Mismatch::at(&self.raw.body, at, reason)))
    }

    pub(crate) fn into_error(self, failure: DecodeFailure) -> Error {
        let mut info = self.info();
        let Self { raw, stats, operation, key, span } = self;
        let error = match failure {
            DecodeFailure::Refused => Error::Api(Box::new(raw.into_error(operation, &key, stats))),
            DecodeFailure::Mismatch(mismatch) => {
                info.stats.maybe_executed = true;
                Error::Decode(Box::new(DecodeError { info, status: raw.status, mismatch, body: key.scrub(raw.body) }))
            }
        };
        span.failed(&error);
        error
    }
}

/// The request id of the server or of a proxy.
///
/// Errors and logs show it, so values that do not look like an id are ignored. They may be e-mail addresses.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&HeaderValue> {
    let value = headers.get(REQUEST_ID)?;
    let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    Some(value).filter(|value| value.len() <= LONGEST_REQUEST_ID && value.as_bytes().iter().all(is_id))
}
