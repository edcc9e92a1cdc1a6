//! The error of a call that would wait longer than its limits allow.

use std::fmt;
use std::time::Duration;

use super::ApiError;
use crate::call_info::CallInfo;

/// The site is rate limited for longer than the limits of the call allow it to wait.
#[derive(Debug)]
#[non_exhaustive]
pub struct ThrottledError {
    pub(crate) info: CallInfo,
    pub(crate) retry_in: Duration,
    pub(crate) limit: WaitLimit,
    pub(crate) last: Option<Box<ApiError>>,
}

/// The limit that ended the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitLimit {
    Deadline,
    PauseCap,
}

impl ThrottledError {
    /// The facts about the call.
    pub fn info(&self) -> &CallInfo {
        &self.info
    }

    /// The shortest time after which another try makes sense.
    pub fn retry_in(&self) -> Duration {
        self.retry_in
    }

    /// The last 429 of this call, if it had one.
    pub fn last(&self) -> Option<&ApiError> {
        self.last.as_deref()
    }
}

impl fmt::Display for ThrottledError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = match self.limit {
            WaitLimit::Deadline => "deadline",
            WaitLimit::PauseCap => "pause_cap",
        };
        let Self { retry_in, info, .. } = self;
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
    use crate::error::Error;
    use crate::operation::Operation;

    #[test]
    fn the_message_states_the_wait_and_what_the_call_took() {
        static FIND: Operation = Operation::new("find", Method::GET, "/");
        let throttled = |attempts, limit| {
            let stats = CallStats { attempts, waited: Duration::from_millis(1_250), maybe_executed: false };
            let info = CallInfo { operation: &FIND, stats, request_id: None };
            Error::Throttled(Box::new(ThrottledError { info, retry_in: Duration::from_secs(90), limit, last: None }))
        };
        let once = throttled(1, WaitLimit::Deadline);
        assert!(once.is_throttled() && once.source().is_none());
        assert_eq!(once.to_string(), "rate limited: the next slot is 90s away, past this call's deadline");
        let expected = "rate limited: the next slot is 90s away, past this call's pause_cap (3 attempts, waited 1.2s)";
        assert_eq!(throttled(3, WaitLimit::PauseCap).to_string(), expected);
    }
}
