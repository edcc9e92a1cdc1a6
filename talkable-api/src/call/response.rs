//! Decoded responses, with their status, headers and body.

use std::fmt;

use bytes::Bytes;
use reqwest::header::HeaderMap;

use crate::call_info::CallInfo;

/// The decoded value of a response, with the status, the headers and the body. Returned by
/// [`Call::response`](crate::Call::response).
#[non_exhaustive]
pub struct Response<T> {
    /// The HTTP status, from 200 to 299, or from 300 to 399 if the value is a [`Redirect`](crate::Redirect).
    pub status: u16,
    /// The headers. `Debug` omits them, because a server may echo personal data in them.
    pub headers: HeaderMap,
    /// The body as sent by the API, with its envelope and with all fields, or an empty body if the value is a
    /// [`Download`](crate::Download). It may contain personal data, so `Debug` omits it.
    pub body: Bytes,
    /// The operation, attempts and request id of the call.
    pub info: CallInfo,
    /// The decoded value.
    pub value: T,
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Response");
        shown.field("status", &self.status).field("attempts", &self.info.attempts());
        shown.field("waited", &self.info.waited()).field("value", &self.value).finish_non_exhaustive()
    }
}
