//! The API said yes in a form that these bindings don't know.
//!
//! ```no_run
//! # async fn example(call: talkable_api::Call<String>) -> std::io::Result<()> {
//! if let Err(talkable_api::Error::Decode(error)) = call.await {
//!     eprintln!("{error}");                           // where and what, but no value of the answer
//!     std::fs::write("unexpected.json", error.body())?; // for a report, once it has been read over
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;

use super::CallStats;
use crate::decode::location::{Mismatch, masked};

/// An answer of an unknown form. Its status was good, so that the request was most likely carried out; a page that a proxy sends
/// under a good status looks the same.
///
/// ```
/// # fn example(error: &talkable_api::DecodeError) {
/// eprintln!("status {} at {}", error.status(), error.pointer());
/// # }
/// ```
#[non_exhaustive]
pub struct DecodeError {
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) mismatch: Mismatch,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Bytes,
    pub(crate) stats: CallStats,
}

impl DecodeError {
    /// The status of the answer, from 200 to 299.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// assert!((200..300).contains(&error.status()));
    /// # }
    /// ```
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// The place in the body that doesn't fit, as a JSON pointer. `Display` masks names in it that may be personal.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("{}", error.pointer()); // such as /result/person/created_at
    /// # }
    /// ```
    pub fn pointer(&self) -> &str {
        &self.mismatch.pointer
    }

    /// What is wrong there, without the value.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("{}", error.reason());
    /// # }
    /// ```
    pub fn reason(&self) -> &str {
        &self.mismatch.reason
    }

    /// The body of the answer. It may hold personal data, so neither `Display` nor `Debug` shows it.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// let text = String::from_utf8_lossy(error.body());
    /// # }
    /// ```
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The operation that was called, by the name that the API's description gives it.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("{} answered something new", error.operation());
    /// # }
    /// ```
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The `X-Request-Id` of the answer, for the vendor's support.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("please look at request {}", error.request_id().unwrap_or("without a number"));
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// How often the request was sent.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("after {} attempts", error.attempts());
    /// # }
    /// ```
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// How long the call has waited between its attempts.
    ///
    /// ```
    /// # fn example(error: &talkable_api::DecodeError) {
    /// eprintln!("after {:?}", error.waited());
    /// # }
    /// ```
    pub fn waited(&self) -> Duration {
        self.stats.waited
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, mismatch, .. } = self;
        let place = match masked(&mismatch.pointer) {
            place if place.is_empty() => "its top".to_owned(),
            place => place,
        };
        let status = self.status.as_u16();
        write!(
            formatter,
            "{operation} was answered with status {status}, but the body doesn't fit these bindings at "
        )?;
        write!(formatter, "{place}: {}", mismatch.reason)?;
        if let Some(request_id) = &self.request_id {
            write!(formatter, " (request {request_id})")?;
        }
        write!(formatter, "{}", self.stats)
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("DecodeError");
        shown.field("operation", &self.operation).field("status", &self.status.as_u16());
        shown.field("pointer", &masked(&self.mismatch.pointer)).field("reason", &self.mismatch.reason);
        shown.field("request_id", &self.request_id).field("attempts", &self.stats.attempts);
        shown.finish_non_exhaustive()
    }
}

impl std::error::Error for DecodeError {}
