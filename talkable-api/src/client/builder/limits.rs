//! The builder methods that set limits.

use std::time::Duration;

use super::ClientBuilder;
use crate::decode::json_depth;
use crate::error::InvalidError;
use crate::send::Settings;

impl ClientBuilder {
    /// Limits each attempt, from connecting to the end of the response. The default is 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.settings.limits.timeout = timeout;
        self
    }

    /// Limits each call, including all its attempts and waits. The default is 5 minutes.
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

    /// Limits the number of attempts of each call. By default, a call is retried after a 429 until its deadline. After
    /// other failures, it has at most three attempts, even if this limit is higher.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.settings.limits.attempts = attempts;
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

    /// Disables the throttle, for programs that have their own throttle. Calls are then sent immediately, and fail on a 429.
    pub fn throttle_off(mut self) -> Self {
        self.settings.throttle.enabled = false;
        self
    }

    /// Limits the nesting depth of response bodies. The default is 127 levels, which is also the maximum. If the limit
    /// is below 127, each body is scanned once more.
    pub fn json_depth_limit(mut self, json_depth_limit: usize) -> Self {
        self.settings.response.json_depth = json_depth_limit;
        self
    }

    /// Rejects limits that prevent all calls, disable all pauses, or exceed the decoder's own limit.
    pub(super) fn check_limits(&self) -> Result<(), InvalidError> {
        let Settings { limits, throttle, response, .. } = &self.settings;
        let zeros = [
            ("attempts", limits.attempts == 0),
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
