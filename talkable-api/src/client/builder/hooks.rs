//! The hooks of a client.

use super::ClientBuilder;
use crate::observe::{Attempt, CallOutcome};
use crate::request::RequestDraft;

impl ClientBuilder {
    /// Adds a hook that runs once for each call before it is sent. It can inspect the request and add headers. Hooks run in
    /// the order in which they were added.
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
        self.request_hooks.0.push(Box::new(hook));
        self
    }

    /// Adds a hook that runs after each attempt, for metrics. Hooks run in the order in which they were added.
    ///
    /// A hook runs while the call is polled, so it must not block. A panic is caught and does not affect the call. Hooks do not
    /// run for calls that are dropped.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_attempt.push(Box::new(hook));
        self
    }

    /// Adds a hook that runs at the end of each call, whether it succeeded or failed. Otherwise the same as
    /// [`on_attempt`](Self::on_attempt).
    pub fn on_call(mut self, hook: impl Fn(&CallOutcome<'_>) + Send + Sync + 'static) -> Self {
        self.hooks.on_call.push(Box::new(hook));
        self
    }
}
