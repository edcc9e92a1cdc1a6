//! Code of yours that a client calls.
//!
//! ```
//! let builder = talkable_api::Client::builder()
//!     .on_request(|draft| {
//!         draft.header("X-Tenant", "7");
//!     })
//!     .on_attempt(|attempt| println!("{attempt:?}"));
//! ```

use super::ClientBuilder;
use crate::observe::Attempt;
use crate::observe::Draft;
use crate::observe::Outcome;

impl ClientBuilder {
    /// Calls a function before the request of each call is sent for the first time. It may look at the request and add
    /// headers, which go along with every attempt. Of several hooks each is called, in the order given.
    ///
    /// It is called while the call is polled, so it must not block. If it panics, the panic is caught, nothing is sent,
    /// and the call ends with [`Error::Invalid`](crate::Error::Invalid).
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_request(|draft| {
    ///     draft.header("X-Correlation-Id", "order-1042");
    /// });
    /// ```
    pub fn on_request(mut self, hook: impl Fn(&mut Draft<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push_on_request(Box::new(hook));
        self
    }

    /// Calls a function after each attempt of each call, for metrics. Of several hooks each is called, in the order given.
    ///
    /// It is called while the call is polled, so it must not block. If it panics, the panic is caught, and the call goes
    /// on as if nothing had happened. An attempt whose call is dropped meanwhile isn't told.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_attempt(|attempt| {
    ///     println!("{} {:?} {:?}", attempt.operation(), attempt.status(), attempt.duration());
    /// });
    /// ```
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push_on_attempt(Box::new(hook));
        self
    }

    /// Calls a function when a call has ended, well or with an error, for metrics. Of several hooks each is called, in the
    /// order given.
    ///
    /// It hears of what no attempt tells: a call that gave up before it was sent, an answer that says no under a good
    /// status, and one that doesn't decode. It is called while the call is polled, so it must not block; if it panics, the
    /// panic is caught, and the caller gets the outcome all the same. A call that is dropped isn't told.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_call(|outcome| {
    ///     println!("{} {}", outcome.operation(), outcome.error_type().unwrap_or("ok"));
    /// });
    /// ```
    pub fn on_call(mut self, hook: impl Fn(&Outcome<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push_on_call(Box::new(hook));
        self
    }
}
