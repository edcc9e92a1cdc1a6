//! The hooks of a client.

use super::ClientBuilder;
use crate::observe::{Attempt, Outcome};
use crate::request::RequestDraft;

impl ClientBuilder {
    /// Adds a hook that runs before a call is sent for the first time. It can read the request and add headers, which are
    /// sent with every attempt. Hooks run in the order in which they were added.
    ///
    /// A hook runs while the call is polled, so it must not block. If it panics, nothing is sent, and the call fails with
    /// [`Error::Invalid`](crate::Error::Invalid).
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_request(|draft| {
    ///     draft.header("X-Correlation-Id", "order-1042");
    /// });
    /// ```
    pub fn on_request(mut self, hook: impl Fn(&mut RequestDraft<'_>) + Send + Sync + 'static) -> Self {
        self.request_hooks.push(Box::new(hook));
        self
    }

    /// Adds a hook that runs after every attempt, for metrics. Hooks run in the order in which they were added.
    ///
    /// A hook runs while the call is polled, so it must not block. A panic is caught and does not affect the call. The hook
    /// does not run for an attempt whose call is dropped.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_attempt(|attempt| {
    ///     println!("{} {:?} {:?}", attempt.info().operation(), attempt.status(), attempt.duration());
    /// });
    /// ```
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push_on_attempt(Box::new(hook));
        self
    }

    /// Adds a hook that runs when a call has succeeded or failed, for metrics. Hooks run in the order in which they were
    /// added.
    ///
    /// A hook runs while the call is polled, so it must not block. A panic is caught and does not affect the call. The hook
    /// does not run for a call that is dropped.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().on_call(|outcome| {
    ///     println!("{} {}", outcome.info().operation(), outcome.error_type().unwrap_or("ok"));
    /// });
    /// ```
    pub fn on_call(mut self, hook: impl Fn(&Outcome<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.push_on_call(Box::new(hook));
        self
    }
}
