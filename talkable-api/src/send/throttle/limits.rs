//! The settings and the status of a throttle.

use std::time::Duration;

/// The settings of a throttle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The maximum pause while every request gets a 429. A `Retry-After` can exceed it.
    pub pause_cap: Duration,
    /// The initial limit on requests in flight. The limit grows with each success while calls are waiting.
    pub initial_window: usize,
    /// Whether the throttle is on. If it is off, calls are sent at once and are not retried after a 429.
    pub enabled: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pause_cap: Duration::from_secs(60), initial_window: 16, enabled: true }
    }
}

/// The throttle state of one client and site, returned by [`Client::throttle`](crate::Client::throttle).
///
/// Calls with [`throttle_off`](crate::Call::throttle_off) are not included.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThrottleStatus {
    /// The current rate in requests per second. `None` before the first 429.
    pub pace: Option<f64>,
    /// The number of calls waiting for a slot, except calls whose futures were not polled when their turn came.
    pub waiting: usize,
    /// The number of requests in flight.
    pub in_flight: usize,
    /// The number of 429 responses so far.
    pub refused: u64,
    /// The state of the fleet. `None` without a [`shared_throttle`](crate::ClientBuilder::shared_throttle).
    pub fleet: Option<FleetStatus>,
}

/// The state of a fleet, as last seen by this process.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct FleetStatus {
    /// Whether the last operation of the store succeeded. Otherwise, the process continues at its last rate.
    pub is_connected: bool,
    /// The number of processes with calls in the last few seconds.
    pub members: usize,
    /// The rate of the fleet in requests per second. `None` before the first 429.
    pub rate: Option<f64>,
}
