//! Sending: credentials, the throttle, the retry loop, and the only network I/O of the crate.

pub(crate) mod key;
pub(crate) mod retry;
pub(crate) mod retry_after;
pub(crate) mod retry_loop;
pub mod throttle;
pub(crate) mod transport;
