//! The builder methods that add hooks.

use super::ClientBuilder;
use crate::observe::{Attempt, CallOutcome};
use crate::request::Request;

impl ClientBuilder {
    /// Adds a hook that runs once per call, before the request is sent. The hook can inspect the request and add
    /// headers with [`Request::set_header`]. Hooks run in the order in which they were added.
    ///
    /// A hook runs while the call is polled, so it must not block. If a hook panics, the request is not sent, and the
    /// call fails with [`Error::Invalid`](crate::Error::Invalid).
    pub fn on_request(mut self, hook: impl Fn(&mut Request) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_request.push(Box::new(hook));
        self
    }

    /// Adds a hook that runs after each attempt, for metrics. Hooks run in the order in which they were added.
    ///
    /// A hook runs while the call is polled, so it must not block. A panic is caught and does not affect the call. If a
    /// call is dropped during an attempt, the hooks do not run for that attempt.
    pub fn on_attempt(mut self, hook: impl Fn(&Attempt<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_attempt.push(Box::new(hook));
        self
    }

    /// Adds a hook that runs at the end of each call, whether the call succeeded or failed. As with
    /// [`on_attempt`](Self::on_attempt), the hook must not block. It does not run for a call that is dropped.
    pub fn on_call(mut self, hook: impl Fn(&CallOutcome<'_>) + Send + Sync + 'static) -> Self {
        self.settings.hooks.on_call.push(Box::new(hook));
        self
    }
}
