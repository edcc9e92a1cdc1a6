//! Errors of `before_send` hooks.

use std::fmt;

use crate::call_info::CallInfo;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The error for a call whose [`before_send`](crate::Call::before_send) hook failed. The attempt was not sent.
#[derive(Debug)]
#[non_exhaustive]
pub struct HookError {
    pub(crate) info: CallInfo,
    pub(crate) source: BoxError,
}

impl HookError {
    /// The operation and the earlier attempts of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} was not sent: the before_send hook failed{}", self.info.operation(), self.info.suffix())
    }
}

impl std::error::Error for HookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}
