//! The limits of a call, and the retry policy for failures other than a 429.
//!
//! Idempotent operations are retried after a 408, 500, 502, 503 or 504, a timeout, or a lost connection. Other operations are
//! retried only if no connection was established. Codegen assigns the retry class of each operation: `GET` is idempotent by
//! default, and `x-retry` in the overlay overrides the default.

use std::time::Duration;

use reqwest::StatusCode;

use super::FOREVER;
use crate::error::AttemptError;
use crate::operation::{Operation, RetryClass};

/// The default maximum number of attempts, not counting those that get a 429.
const ATTEMPTS: u32 = 3;

/// The number of failures after which the pauses stop growing, at a maximum of 32 seconds.
const GROWING: u32 = 8;

const FIRST: Duration = Duration::from_millis(250);

/// The limits of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryLimits {
    /// The maximum duration of one attempt.
    pub(crate) timeout: Duration,
    /// The maximum duration of the call, including all attempts and waits.
    pub(crate) deadline: Duration,
    /// The maximum number of attempts, including those that get a 429. `None` means no limit after a 429, and [`ATTEMPTS`] after
    /// other failures.
    pub(crate) attempts: Option<u32>,
    /// The maximum wait before each attempt.
    pub(crate) pause_cap: Duration,
    /// Whether the call waits for a slot and is retried after a 429.
    pub(crate) is_throttled: bool,
}

impl RetryLimits {
    /// The maximum number of attempts, not counting those that get a 429.
    pub(super) fn failures(&self) -> u32 {
        self.attempts.unwrap_or(ATTEMPTS)
    }
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            deadline: Duration::from_secs(5 * 60),
            attempts: None,
            pause_cap: FOREVER,
            is_throttled: true,
        }
    }
}

pub(super) fn is_retried_after_status(operation: &Operation, status: StatusCode) -> bool {
    is_idempotent(operation) && matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504)
}

pub(super) fn is_retried_after_error(operation: &Operation, error: &AttemptError) -> bool {
    error.was_not_sent() || (is_idempotent(operation) && error.is_transient())
}

fn is_idempotent(operation: &Operation) -> bool {
    operation.retry_class == RetryClass::Idempotent
}

/// Returns the pause after the given number of failures, with full jitter. `random` is between 0 and 1.
pub(super) fn pause(failed: u32, random: f64) -> Duration {
    FIRST.saturating_mul(1 << (failed.clamp(1, GROWING) - 1)).mul_f64(random)
}

#[cfg(test)]
mod tests {
    use reqwest::Method;

    use super::*;
    use crate::error::TransportErrorKind;

    static READ: Operation = Operation::new("read", Method::GET, "/").idempotent();
    static WRITE: Operation = Operation::new("write", Method::POST, "/");

    #[test]
    fn retries_only_idempotent_operations_after_a_server_error() {
        for (status, expected) in
            [(408, true), (500, true), (501, false), (502, true), (503, true), (504, true), (400, false)]
        {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(is_retried_after_status(&READ, status), expected, "{status}");
            assert!(!is_retried_after_status(&WRITE, status), "{status}");
        }
    }

    #[test]
    fn retries_every_operation_that_was_not_sent() {
        for (kind, read, write) in [
            (TransportErrorKind::Connect, true, true),
            (TransportErrorKind::Timeout, true, false),
            (TransportErrorKind::Interrupted, true, false),
            (TransportErrorKind::TooLarge, false, false),
        ] {
            let error = AttemptError::new(kind);
            assert_eq!(is_retried_after_error(&READ, &error), read, "{kind:?}");
            assert_eq!(is_retried_after_error(&WRITE, &error), write, "{kind:?}");
        }
    }

    #[test]
    fn a_limit_on_attempts_replaces_the_default() {
        let failures = |attempts| RetryLimits { attempts, ..RetryLimits::default() }.failures();
        assert_eq!([None, Some(1), Some(7), Some(u32::MAX)].map(failures), [3, 1, 7, u32::MAX]);
    }

    #[test]
    fn pauses_double_from_a_quarter_of_a_second() {
        assert_eq!([1, 2].map(|failed| pause(failed, 1.0).as_millis()), [250, 500]);
        assert_eq!(pause(1, 0.5), Duration::from_millis(125));
    }
}
