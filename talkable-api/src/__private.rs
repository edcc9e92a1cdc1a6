//! Internals for the tests and benchmarks of this workspace. They are not part of the public interface.

pub use reqwest::Method;

pub use crate::operation::Operation;
pub use crate::send::throttle;
