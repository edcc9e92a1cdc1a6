//! The builder methods that set limits and add hooks.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::decode::json_depth;
use crate::error::InvalidError;
use crate::observe::{Attempt, CallOutcome};
use crate::request::Request;
use crate::send::Settings;
use crate::send::throttle::store::SharedStore;

impl ClientBuilder {
    /// Limits the duration of each attempt, from connecting to the end of the response. The default is 30 seconds.
    ///
    /// On a single-threaded runtime, a malicious server can delay the timeout, because hyper reads up to 50 MB of interim (1xx)
    /// responses before other tasks run.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.timeout = timeout;
        self
    }

    /// Limits the duration of each call, including all its attempts and waits. The default is 5 minutes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.limits.deadline = deadline;
        self
    }

    /// Limits the time to connect. The default is 10 seconds.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Limits the time between two chunks of a response body. The default is 20 seconds.
    pub fn read_timeout(mut self, read_timeout: Duration) -> Self {
        self.settings.response.read_timeout = read_timeout;
        self
    }

    /// Limits the number of bytes in a response body, after decompression. The default is 16 MiB.
    pub fn response_limit(mut self, response_limit: usize) -> Self {
        self.settings.response.size = response_limit;
        self
    }

    /// Limits the number of attempts of each call. By default, a call is retried after a 429 until its deadline, and has
    /// at most three attempts after other failures. This limit replaces both.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.limits.attempts = Some(attempts);
        self
    }

    /// Limits the length of the throttle's pauses, which grow while all requests to a site get a 429. The default is
    /// one minute. A longer `Retry-After` is still obeyed.
    pub fn pause_cap(mut self, pause_cap: Duration) -> Self {
        self.settings.throttle.pause_cap = pause_cap;
        self
    }

    /// Limits the number of requests in flight per site before the first 429. The default is 16. The limit grows with
    /// each success while calls are waiting.
    pub fn initial_window(mut self, initial_window: usize) -> Self {
        self.settings.throttle.initial_window = initial_window;
        self
    }

    /// Disables the throttle, for programs that have their own throttle. Calls are then sent at once, and are not
    /// retried after a 429.
    pub fn throttle_off(mut self) -> Self {
        self.settings.throttle.enabled = false;
        self
    }

    /// Shares the throttle's state with all processes that use the same store, so that they find the limit of a site together.
    /// See [`throttle`](crate::throttle#one-rate-for-several-processes).
    ///
    /// ```
    /// use std::sync::Arc;
    /// use talkable_api::{Client, throttle::MemoryStore};
    ///
    /// let store = Arc::new(MemoryStore::new()); // in production, the store of a database
    /// let client = Client::builder()
    ///     .api_key("a-key-of-your-site")
    ///     .site_slug("my-store")
    ///     .shared_throttle(store)
    ///     .build()?;
    /// # Ok::<(), talkable_api::Error>(())
    /// ```
    pub fn shared_throttle(mut self, store: Arc<dyn SharedStore>) -> Self {
        self.settings.shared_throttle = Some(store);
        self
    }

    /// Limits the nesting depth of response bodies. The default is 127 levels, which is also the maximum. If the limit
    /// is below 127, each body is scanned once more.
    pub fn json_depth_limit(mut self, json_depth_limit: usize) -> Self {
        self.settings.response.json_depth = json_depth_limit;
        self
    }

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

    /// Rejects limits that prevent all calls, disable all pauses, or exceed the decoder's own limit.
    pub(super) fn check_limits(&self) -> Result<(), InvalidError> {
        let Settings { limits, throttle, response, .. } = &self.settings;
        let zeros = [
            ("attempts", limits.attempts == Some(0)),
            ("pause_cap", throttle.pause_cap.is_zero()),
            ("initial_window", throttle.initial_window == 0),
            ("json_depth_limit", response.json_depth == 0),
        ];
        if let Some((name, _)) = zeros.into_iter().find(|(_, is_zero)| *is_zero) {
            return Err(InvalidError::new(name, "must not be zero"));
        }
        if response.json_depth > json_depth::MAX {
            return Err(InvalidError::new("json_depth_limit", "must be at most 127, the decoder's own limit"));
        }
        Ok(())
    }
}
