//! An answer with what came around its value.
//!
//! ```no_run
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
//! let response = call.response().await?;
//! println!("{} after {} attempts: {}", response.status, response.attempts, response.value);
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::send::transport::request_id;

/// What [`Call::response`](crate::Call::response) gives.
///
/// ```
/// # fn example(response: &talkable_api::Response<String>) {
/// if let Some(id) = response.headers.get("x-request-id") {
///     println!("{id:?}");
/// }
/// # }
/// ```
#[non_exhaustive]
pub struct Response<T> {
    /// The status, from 200 to 299.
    pub status: u16,
    /// The headers as they came. `Debug` leaves them out, since a server may echo what was sent to it.
    pub headers: HeaderMap,
    /// How often the request was sent.
    pub attempts: u32,
    /// How long the call has waited between its attempts, or for leave to make one.
    pub waited: Duration,
    /// What the API answered.
    pub value: T,
}

impl<T> Response<T> {
    /// The `X-Request-Id` of the answer, for the vendor's support.
    ///
    /// ```
    /// # fn example(response: &talkable_api::Response<String>) {
    /// println!("request {}", response.request_id().unwrap_or("without a number"));
    /// # }
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Response");
        shown.field("status", &self.status).field("attempts", &self.attempts).field("waited", &self.waited);
        shown.field("value", &self.value).finish_non_exhaustive()
    }
}
