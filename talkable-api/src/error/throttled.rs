//! Errors for calls that would be delayed too long by a rate limit.

use std::fmt;
use std::time::Duration;

use super::ApiError;
use crate::call_info::CallInfo;

/// The error for a call to a rate-limited site. It is returned if waiting for the next slot would exceed the call's deadline or
/// `pause_cap`.
#[derive(Debug)]
#[non_exhaustive]
pub struct ThrottledError {
    pub(crate) info: CallInfo,
    pub(crate) retry_in: Duration,
    /// The name of the limit that would be exceeded by waiting for the next slot.
    pub(crate) limit: &'static str,
    pub(crate) last: Option<Box<ApiError>>,
}

impl ThrottledError {
    /// The operation, attempts and request id of the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The time to wait before repeating the call.
    pub fn retry_in(&self) -> Duration {
        self.retry_in
    }

    /// The last 429 response to this call, or `None` if the call got no 429. `None` does not mean that the call was not sent; see
    /// [`CallInfo::maybe_processed`].
    pub fn last(&self) -> Option<&ApiError> {
        self.last.as_deref()
    }
}

impl fmt::Display for ThrottledError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { retry_in, limit, info, .. } = self;
        write!(
            formatter,
            "rate limited: the next slot is {retry_in:.0?} away, past this call's {limit}{}",
            info.suffix()
        )
    }
}

impl std::error::Error for ThrottledError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.last.as_deref().map(|last| last as _)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use reqwest::Method;

    use super::*;
    use crate::call_info::CallStats;
    use crate::error::{Error, Verdict};
    use crate::operation::Operation;

    #[test]
    fn display_states_the_wait_and_the_attempts() {
        static FIND: Operation = Operation::new("find", Method::GET, "/");
        let throttled = |attempts, limit| {
            let stats = CallStats { attempts, waited: Duration::from_millis(1_250), maybe_processed: false };
            let info = CallInfo { operation: &FIND, stats, request_id: None };
            Error::Throttled(Box::new(ThrottledError { info, retry_in: Duration::from_secs(90), limit, last: None }))
        };
        let once = throttled(1, "deadline");
        assert_eq!(once.verdict(), Verdict::RetryAfter(Duration::from_secs(90)));
        assert!(once.source().is_none());
        assert_eq!(once.to_string(), "rate limited: the next slot is 90s away, past this call's deadline");
        let expected = "rate limited: the next slot is 90s away, past this call's pause_cap (3 attempts, waited 1.2s)";
        assert_eq!(throttled(3, "pause_cap").to_string(), expected);
    }
}
