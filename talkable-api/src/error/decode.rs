//! The error of a call whose response does not decode.

use std::fmt;

use bytes::Bytes;
use reqwest::StatusCode;

use crate::call_info::CallInfo;
use crate::decode::location::{Mismatch, masked};

/// The response does not decode, although its status is good.
///
/// The API has most likely processed the request. A page that a proxy sends with a good status looks the same.
///
/// ```no_run
/// # async fn example(call: talkable_api::Call<String>) -> std::io::Result<()> {
/// if let Err(talkable_api::Error::Decode(error)) = call.await {
///     eprintln!("{error}"); // place and reason, but no value from the body
///     std::fs::write("unexpected.json", error.body())?; // for a bug report, after a look for personal data
/// }
/// # Ok(())
/// # }
/// ```
#[non_exhaustive]
pub struct DecodeError {
    pub(crate) info: CallInfo,
    pub(crate) status: StatusCode,
    pub(crate) mismatch: Mismatch,
    pub(crate) body: Bytes,
}

impl DecodeError {
    /// The facts about the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The status of the response, from 200 to 299.
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The place in the body as a JSON pointer, such as `/result/person/created_at`. `Display` masks names in it that may
    /// be personal.
    pub fn pointer(&self) -> &str {
        &self.mismatch.pointer
    }

    /// What is wrong there, without the value.
    pub fn reason(&self) -> &str {
        &self.mismatch.reason
    }

    /// The body of the response. It may contain personal data, so neither `Display` nor `Debug` shows it.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { info, mismatch, .. } = self;
        let (operation, status) = (info.operation(), self.status.as_u16());
        let place = match masked(&mismatch.pointer) {
            place if place.is_empty() => "the top level".to_owned(),
            place => place,
        };
        write!(formatter, "{operation} returned status {status}, but its body does not decode at {place}: ")?;
        write!(formatter, "{}{}", mismatch.reason, info.suffix())
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
