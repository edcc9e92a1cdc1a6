//! What this workspace's tests and benchmarks need of the inside. Not public: it may change in any release.

pub use crate::operation::{Method, Operation, Retry, SiteSlug};
pub use crate::send::throttle;
