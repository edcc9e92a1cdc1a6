//! Sending of requests: settings and credentials, the throttle, the retry loop, and the only network I/O of the crate.

mod context;
mod dispatch;
mod key;
mod response;
mod retry;
mod retry_after;
mod retry_loop;
pub mod throttle;
mod transport;

pub(crate) use context::{Context, Settings};
pub(crate) use dispatch::send;
pub(crate) use key::KeySource;
pub(crate) use response::DecodableResponse;
pub(crate) use retry::RetryLimits;
pub(crate) use transport::ResponseLimits;

/// The cap on all durations, which keeps additions to an instant from overflowing.
pub(crate) const FOREVER: std::time::Duration = std::time::Duration::from_secs(60 * 60 * 24 * 365);
