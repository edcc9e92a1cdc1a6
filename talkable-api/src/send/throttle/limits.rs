//! The settings and the status of the throttle.

use std::time::Duration;

/// The settings of a throttle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The longest pause between two refused requests, unless the server asks for more.
    pub pause_cap: Duration,
    /// The number of requests in flight before the first response.
    pub initial_window: usize,
    /// Whether calls are delayed and retried after a 429.
    pub enabled: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pause_cap: Duration::from_secs(60), initial_window: 16, enabled: true }
    }
}

/// The state of the throttle of one client and site, from [`Client::throttle`](crate::Client::throttle).
///
/// Calls with [`throttle_off`](crate::Call::throttle_off) are not counted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThrottleStatus {
    /// The current rate in requests per second; `None` before the first 429.
    pub pace: Option<f64>,
    /// The number of calls that wait for a slot, except those that were not polled when their turn came.
    pub waiting: usize,
    /// The number of requests in flight.
    pub in_flight: usize,
    /// The number of 429 responses so far.
    pub refused: u64,
}
