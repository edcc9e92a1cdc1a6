//! How long a call may take, how much it may bring, and how often it may be tried.
//!
//! ```
//! # use std::time::Duration;
//! let builder = talkable_api::Client::builder()
//!     .timeout(Duration::from_secs(10))
//!     .deadline(Duration::from_secs(60))
//!     .response_limit(1024 * 1024);
//! ```

use std::time::Duration;

use super::ClientBuilder;
use crate::decode::json_depth;
use crate::error::InvalidError;
use crate::send::throttle;

impl ClientBuilder {
    /// Limits one attempt, from connecting to the last byte of the answer. The default is 30 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().timeout(Duration::from_secs(10));
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Limits a call with all its attempts and waits. The default is 5 minutes.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().deadline(Duration::from_secs(60));
    /// ```
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// Limits connecting. The default is 10 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().connect_timeout(Duration::from_secs(2));
    /// ```
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Limits the silence between two pieces of an answer's body. The default is 20 seconds.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().read_timeout(Duration::from_secs(5));
    /// ```
    pub fn read_timeout(mut self, read_timeout: Duration) -> Self {
        self.limits.read_timeout = read_timeout;
        self
    }

    /// Limits the bytes of one answer, counted after decompression. The default is 16 MiB.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().response_limit(64 * 1024 * 1024);
    /// ```
    pub fn response_limit(mut self, response_limit: usize) -> Self {
        self.limits.response_limit = response_limit;
        self
    }

    /// Limits how often the request of a call is sent, whatever the reasons. The default is as often as the deadline
    /// allows after a 429, and three times in all after anything else, which a higher number doesn't change.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().attempts(5);
    /// ```
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.retry_limits.attempts = attempts;
        self
    }

    /// Limits how far the pauses grow that a site keeps when nothing gets through any more. The default is a minute, as
    /// the API asks for pauses of seconds to minutes. A `Retry-After` of the API is obeyed even if it is longer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let builder = talkable_api::Client::builder().pause_cap(Duration::from_secs(120));
    /// ```
    pub fn pause_cap(mut self, pause_cap: Duration) -> Self {
        self.throttle.pause_cap = pause_cap;
        self
    }

    /// Limits how many calls of a site are under way at once before the first answer has come. The default is 16; each
    /// good answer makes room for one more. As all calls of the site share it, there is none for a single call.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().initial_window(4);
    /// ```
    pub fn initial_window(mut self, initial_window: usize) -> Self {
        self.throttle.initial_window = initial_window;
        self
    }

    /// Neither holds calls back nor sends them again after a 429, which is then an error at once: for programs that have
    /// a throttle of their own in front of all that they send. [`Call::throttle_off`](crate::Call::throttle_off) does it
    /// for a single call.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().throttle_off();
    /// ```
    pub fn throttle_off(mut self) -> Self {
        self.throttle.enabled = false;
        self
    }

    /// Limits how deep the body of an answer may be nested. The default, and the most, is 127 levels, beyond which no
    /// value is decoded; a lower limit is held against the whole body, and costs a look at each byte of it.
    ///
    /// ```
    /// let builder = talkable_api::Client::builder().json_depth_limit(16);
    /// ```
    pub fn json_depth_limit(self, json_depth_limit: usize) -> Self {
        Self { json_depth_limit, ..self }
    }
}

/// Limits under which nothing could ever be sent, or would be sent again and again without a pause.
pub(super) fn check(attempts: u32, throttle: &throttle::Limits) -> Result<(), InvalidError> {
    let zero = |name| Err(InvalidError::new(name, "it is zero"));
    match throttle {
        _ if attempts == 0 => zero("attempts"),
        throttle::Limits { pause_cap: Duration::ZERO, .. } => zero("pause_cap"),
        throttle::Limits { initial_window: 0, .. } => zero("initial_window"),
        _ => Ok(()),
    }
}

/// The limit that needs looking after, if any does: the decoder holds the default by itself.
pub(super) fn json_depth(limit: usize) -> Result<Option<usize>, InvalidError> {
    match limit {
        0 => Err(InvalidError::new("json_depth_limit", "every answer has a level")),
        json_depth::MOST => Ok(None),
        1..json_depth::MOST => Ok(Some(limit)),
        _ => Err(InvalidError::new("json_depth_limit", "more than 127 levels can't be decoded")),
    }
}
