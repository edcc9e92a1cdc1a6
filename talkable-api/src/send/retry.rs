//! When a request may be sent again after something other than a 429, and how long to wait before that.
//!
//! An operation that may be done twice is sent again after a 500, 502, 503 or 504, a timeout and a broken connection; any other
//! only if no connection came about. There are three attempts, with pauses of up to a quarter and up to half a second, drawn at
//! random.
//!
//! ```
//! # use talkable_api::__private::{Method, Operation, Retry};
//! static FIND: Operation = Operation::new("findCoupon", Method::GET, "/").retry(Retry::Safe);
//! static PAY: Operation = Operation::new("markAsPaid", Method::POST, "/"); // only if it was certainly not done
//! ```

use std::time::Duration;

use reqwest::StatusCode;

use crate::error::AttemptError;
use crate::operation::Retry;

/// How often a request is sent at most, those aside that were throttled.
pub(crate) const ATTEMPTS: u32 = 3;

const FIRST: Duration = Duration::from_millis(250);

impl Retry {
    /// Whether a status leaves the way open to another attempt.
    pub(crate) fn allows_after_status(self, status: StatusCode) -> bool {
        self == Self::Safe && matches!(status.as_u16(), 500 | 502 | 503 | 504)
    }

    /// Whether a fault leaves the way open to another attempt.
    pub(crate) fn allows_after_fault(self, fault: &AttemptError) -> bool {
        fault.was_not_sent() || (self == Self::Safe && fault.is_passing())
    }
}

/// The pause after a number of failed attempts, with full jitter.
pub(crate) fn pause(failed: u32, random: f64) -> Duration {
    FIRST.saturating_mul(1 << (failed.clamp(1, ATTEMPTS) - 1)).mul_f64(random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::TransportErrorKind;

    #[test]
    fn only_safe_operations_are_repeated_after_a_server_fault() {
        for (status, expected) in [(500, true), (501, false), (502, true), (503, true), (504, true), (400, false)] {
            let status = StatusCode::from_u16(status).expect("a status");
            assert_eq!(Retry::Safe.allows_after_status(status), expected, "{status}");
            assert!(!Retry::RefusedOnly.allows_after_status(status), "{status}");
        }
    }

    #[test]
    fn what_was_not_sent_is_sent_again_whatever_it_is() {
        for (kind, safe, refused_only) in [
            (TransportErrorKind::Connect, true, true),
            (TransportErrorKind::Timeout, true, false),
            (TransportErrorKind::Interrupted, true, false),
            (TransportErrorKind::TooLarge, false, false),
        ] {
            let fault = AttemptError::new(kind);
            assert_eq!(Retry::Safe.allows_after_fault(&fault), safe, "{kind:?}");
            assert_eq!(Retry::RefusedOnly.allows_after_fault(&fault), refused_only, "{kind:?}");
        }
    }

    #[test]
    fn pauses_double_from_a_quarter_of_a_second() {
        assert_eq!([1, 2].map(|failed| pause(failed, 1.0).as_millis()), [250, 500]);
        assert_eq!(pause(1, 0.5), Duration::from_millis(125));
    }
}
