//! Responses whose bodies have not been decoded yet.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderValue};

use super::key::ApiKey;
use super::retry_after::retry_after;
use super::transport::BodyChunks;
use crate::call_info::{CallInfo, CallStats};
use crate::decode::envelope::{self, DecodeFailure};
use crate::decode::location::Mismatch;
use crate::decode::{json_depth, json_values};
use crate::error::{ApiError, DecodeError, Error};
use crate::observe::CallSpan;
use crate::operation::Operation;

/// The maximum length of a request id. Actual ids have a few dozen characters.
const LONGEST_REQUEST_ID: usize = 200;

/// A response with any status, and the key that was sent with the request.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ResponseBody,
    pub(super) key: Arc<ApiKey>,
}

/// The body of a response. Dereferences to the bytes that were read.
#[derive(Debug)]
pub(crate) enum ResponseBody {
    Read(Bytes),
    /// The body is read by the caller.
    Chunks(Box<BodyChunks>),
}

/// A response with a success status, and the context for the error that is returned if the body does not decode.
pub(crate) struct DecodableResponse {
    pub(crate) raw: RawResponse,
    pub(crate) stats: CallStats,
    pub(crate) operation: &'static Operation,
    pub(super) span: CallSpan,
}

impl ResponseBody {
    pub(crate) fn into_bytes(self) -> Bytes {
        match self {
            Self::Read(bytes) => bytes,
            Self::Chunks(_) => Bytes::new(),
        }
    }

    /// Takes the unread body, which the caller reads in chunks. Returns `None` if the body has already been read.
    pub(crate) fn take_chunks(&mut self) -> Option<Box<BodyChunks>> {
        match std::mem::replace(self, Self::Read(Bytes::new())) {
            Self::Chunks(chunks) => Some(chunks),
            Self::Read(_) => None,
        }
    }
}

impl Deref for ResponseBody {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Read(bytes) => bytes,
            Self::Chunks(_) => &[],
        }
    }
}

impl RawResponse {
    /// Converts the response to an error that does not contain the key.
    pub(super) fn into_error(self, operation: &'static Operation, stats: CallStats) -> ApiError {
        ApiError {
            info: CallInfo { operation, stats, request_id: self.request_id() },
            status: self.status,
            retry_after: retry_after(&self.headers),
            message: envelope::error_message(&self.body).map(|message| self.key.scrub_text(message)),
            body: self.key.scrub(self.body.into_bytes()),
        }
    }

    pub(super) fn request_id(&self) -> Option<HeaderValue> {
        request_id(&self.headers, &self.key)
    }
}

impl DecodableResponse {
    pub(crate) fn info(&self) -> CallInfo {
        CallInfo { operation: self.operation, stats: self.stats, request_id: self.raw.request_id() }
    }

    /// Decodes the body. Fails if the body is nested deeper than `depth_limit`.
    pub(crate) fn decode<T>(
        mut self,
        decode: fn(&mut Self) -> Result<T, DecodeFailure>,
        depth_limit: usize,
    ) -> Result<(T, Self), Error> {
        let body: &[u8] = &self.raw.body;
        // The decoder enforces the maximum itself.
        let excess = if depth_limit < json_depth::MAX { json_depth::excess(body, depth_limit) } else { None };
        let excess = excess.map(|at| (at, "the body is nested deeper than json_depth_limit"));
        let too_many =
            || json_values::excess(body, json_values::MAX).map(|at| (at, "the body has over 2,000,000 values"));
        let value = match excess.or_else(too_many) {
            None => decode(&mut self),
            Some((at, reason)) => Err(DecodeFailure::Mismatch(Mismatch::at(body, at, reason))),
        };
        match value {
            Ok(value) => Ok((value, self)),
            Err(failure) => Err(self.into_error(failure)),
        }
    }

    fn into_error(self, failure: DecodeFailure) -> Error {
        let mut info = self.info();
        let Self { raw, stats, operation, span } = self;
        let error = match failure {
            DecodeFailure::Refused => Error::Api(Box::new(raw.into_error(operation, stats))),
            DecodeFailure::Mismatch(mismatch) => {
                info.stats.maybe_processed = true;
                Error::Decode(Box::new(DecodeError {
                    info,
                    status: raw.status,
                    mismatch,
                    is_lost: !envelope::is_json(&raw.body),
                    body: raw.key.scrub(raw.body.into_bytes()),
                }))
            }
        };
        span.failed(&error);
        error
    }
}

/// The request id set by the server or a proxy, if there is one, with the key removed.
///
/// The request id appears in errors and logs. A value that does not look like an id, such as an e-mail address, is
/// ignored.
pub(super) fn request_id(headers: &HeaderMap, key: &ApiKey) -> Option<HeaderValue> {
    let value = headers.get("x-request-id")?;
    let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    let is_valid = value.len() <= LONGEST_REQUEST_ID && value.as_bytes().iter().all(is_id);
    is_valid.then(|| key.scrub_header(value)).flatten()
}
