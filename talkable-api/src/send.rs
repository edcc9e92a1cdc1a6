//! Sends requests. Contains the settings and credentials, the throttle, the retry loop, and all of the crate's network
//! I/O.

mod context;
mod dispatch;
mod key;
mod pools;
mod response;
mod retry;
mod retry_after;
mod retry_loop;
pub mod throttle;
mod transport;

pub(crate) use context::{Connection, Context, Settings};
pub(crate) use dispatch::send;
pub(crate) use key::KeySource;
pub(crate) use pools::Pools;
pub(crate) use response::DecodableResponse;
pub(crate) use retry::RetryLimits;
pub(crate) use transport::BodyChunks;

/// The upper bound for all durations. It prevents an overflow when a duration is added to an instant.
pub(crate) const FOREVER: std::time::Duration = std::time::Duration::from_secs(60 * 60 * 24 * 365);
