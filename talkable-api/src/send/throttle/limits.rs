//! What users may change about throttling, and what they may see of it.

use std::time::Duration;

/// The settings of a throttle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The longest pause of our own choice between two attempts that are refused.
    pub pause_cap: Duration,
    /// How many calls may be under way at once before any answer has come.
    pub initial_window: usize,
    /// Whether calls wait for each other at all.
    pub enabled: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pause_cap: Duration::from_secs(60), initial_window: 16, enabled: true }
    }
}

/// How the calls of one client and site are throttled just now. Calls that aren't throttled at all don't count.
///
/// ```
/// use talkable_api::ThrottleStatus;
///
/// fn show(status: &ThrottleStatus) {
///     match status.pace {
///         Some(pace) => println!("{pace:.1} calls a second, {} are waiting", status.waiting),
///         None => println!("no limit is known, {} were refused so far", status.refused),
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ThrottleStatus {
    /// How many calls are sent a second, once the limit of the API has been learned.
    pub pace: Option<f64>,
    /// How many calls wait for leave to be sent, without those that nobody has polled when their turn came.
    pub waiting: usize,
    /// How many calls are under way.
    pub in_flight: usize,
    /// How many answers of 429 there have been.
    pub refused: u64,
}
