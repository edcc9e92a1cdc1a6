//! The limits of a client: time, attempts, throttle and size.

use std::time::Duration;

use super::ClientBuilder;
use crate::decode::json_depth;
use crate::error::InvalidError;
use crate::send::throttle;

impl ClientBuilder {
    /// Limits one attempt, from connecting to the last byte of the response. The default is 30 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Limits a call with all its attempts and waits. The default is 5 minutes.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.limits.deadline = deadline;
        self
    }

    /// Limits connecting. The default is 10 seconds.
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Limits the time between two pieces of a response's body. The default is 20 seconds.
    pub fn read_timeout(mut self, read_timeout: Duration) -> Self {
        self.response.read_timeout = read_timeout;
        self
    }

    /// Limits the bytes of a response's body, counted after decompression. The default is 16 MiB.
    pub fn response_limit(mut self, response_limit: usize) -> Self {
        self.response.size = response_limit;
        self
    }

    /// Limits the attempts of a call. By default, a call is repeated after a 429 until its deadline. Other failures are
    /// tried at most three times; a larger value does not raise that.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.limits.attempts = attempts;
        self
    }

    /// Limits the growing pauses of a site whose calls are all refused. The default is a minute. A longer `Retry-After` is
    /// obeyed all the same.
    pub fn pause_cap(mut self, pause_cap: Duration) -> Self {
        self.throttle.pause_cap = pause_cap;
        self
    }

    /// Limits the calls of a site that are in flight before the first 429. The default is 16; the limit grows while calls
    /// succeed.
    pub fn initial_window(mut self, initial_window: usize) -> Self {
        self.throttle.initial_window = initial_window;
        self
    }

    /// Disables the throttle: calls do not wait for each other, and a 429 fails at once. It is for programs with a throttle
    /// of their own. [`Call::throttle_off`](crate::Call::throttle_off) does it for one call.
    pub fn throttle_off(mut self) -> Self {
        self.throttle.enabled = false;
        self
    }

    /// Limits the nesting of a response's body. The default, and the maximum, is 127 levels. A lower limit costs a pass over
    /// each body.
    pub fn json_depth_limit(self, json_depth_limit: usize) -> Self {
        Self { json_depth_limit, ..self }
    }
}

/// Rejects limits with which no call could be sent, or would be repeated without a pause.
pub(super) fn check(attempts: u32, throttle: &throttle::Limits) -> Result<(), InvalidError> {
    let zero = |name| Err(InvalidError::new(name, "it is zero"));
    match throttle {
        _ if attempts == 0 => zero("attempts"),
        throttle::Limits { pause_cap: Duration::ZERO, .. } => zero("pause_cap"),
        throttle::Limits { initial_window: 0, .. } => zero("initial_window"),
        _ => Ok(()),
    }
}

/// The limit to check; `None` for the default, which the decoder enforces.
pub(super) fn json_depth(limit: usize) -> Result<Option<usize>, InvalidError> {
    match limit {
        0 => Err(InvalidError::new("json_depth_limit", "it is zero")),
        json_depth::MAX => Ok(None),
        1..json_depth::MAX => Ok(Some(limit)),
        _ => Err(InvalidError::new("json_depth_limit", "it exceeds 127, the limit of the decoder")),
    }
}
