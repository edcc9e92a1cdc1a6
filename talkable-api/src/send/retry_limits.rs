//! The limits of one call.

use std::time::Duration;

use super::FOREVER;

/// How long a call may take, and how often it may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryLimits {
    /// The longest time of one attempt.
    pub(crate) timeout: Duration,
    /// The longest time of the call with all its attempts and waits.
    pub(crate) deadline: Duration,
    /// The number of attempts, regardless of how they fail.
    pub(crate) attempts: u32,
    /// The longest wait before one attempt.
    pub(crate) pause_cap: Duration,
    /// Whether the call waits for the throttle, and again after a 429.
    pub(crate) is_throttled: bool,
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(5 * 60),
            attempts: u32::MAX,
            pause_cap: FOREVER,
            is_throttled: true,
        }
    }
}
