//! Errors for calls whose response does not decode.

use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::call_info::CallInfo;
use crate::decode::location::{Mismatch, masked};

/// The error for a call whose response has a 2xx status but does not decode.
///
/// If the body is JSON, or is a [`Download`](crate::Download) that is not UTF-8, the API has processed the request. Any other body
/// may be truncated or the HTML page of a proxy, so the response counts as lost. [`Error::verdict`](crate::Error::verdict)
/// distinguishes the two cases.
#[non_exhaustive]
pub struct DecodeError {
    pub(crate) info: CallInfo,
    pub(crate) status: StatusCode,
    pub(crate) mismatch: Mismatch,
    pub(crate) body: Bytes,
    /// Whether the response counts as lost, because its body should be JSON and is not.
    pub(crate) is_lost: bool,
}

impl DecodeError {
    /// Creates an error for the whole body, without a location.
    pub(crate) fn of_body(info: CallInfo, status: StatusCode, body: Bytes, reason: &str, is_lost: bool) -> Self {
        let mismatch = Mismatch { pointer: String::new(), reason: reason.to_owned() };
        Self { info, status, mismatch, body, is_lost }
    }

    /// The operation, attempts and request id of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The HTTP status of the response, from 200 to 299.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The JSON pointer to the invalid value, such as `/result/person/created_at`. `Display` masks parts of the pointer that
    /// may be personal data.
    pub fn pointer(&self) -> &str {
        &self.mismatch.pointer
    }

    /// The reason why decoding failed, without the invalid value.
    pub fn reason(&self) -> &str {
        &self.mismatch.reason
    }

    /// The response body, for bug reports. It may contain personal data, so `Display` and `Debug` omit it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { info, mismatch, .. } = self;
        let (operation, status) = (info.operation(), self.status.as_u16());
        write!(formatter, "{operation} failed: could not decode the response (status {status})")?;
        if !mismatch.pointer.is_empty() {
            write!(formatter, " at {}", masked(&mismatch.pointer))?;
        }
        write!(formatter, ": {}{}", mismatch.reason, info.suffix())
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("DecodeError");
        shown.field("info", &self.info).field("status", &self.status.as_u16());
        shown.field("pointer", &masked(&self.mismatch.pointer)).field("reason", &self.mismatch.reason);
        shown.finish_non_exhaustive()
    }
}

impl std::error::Error for DecodeError {}
