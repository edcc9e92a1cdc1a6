//! Information about a call, included in responses and errors and passed to hooks.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;

use crate::operation::{Operation, RetryClass};

/// The operation, attempts and request id of a call.
///
/// This information contains no personal data: it includes the path template instead of the path, and omits the query and the
/// body.
#[derive(Clone, Debug)]
pub struct CallInfo {
    pub(crate) operation: &'static Operation,
    pub(crate) stats: CallStats,
    pub(crate) request_id: Option<HeaderValue>,
}

/// Statistics about a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallStats {
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
    pub(crate) maybe_processed: bool,
}

impl CallInfo {
    /// The `operationId`, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.operation.id
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        &self.operation.method
    }

    /// The path template, such as `/api/v2/people/{person_slug}`.
    pub fn template(&self) -> &'static str {
        self.operation.template
    }

    /// Whether the operation may be repeated after the API may have processed it.
    pub fn retry_class(&self) -> RetryClass {
        self.operation.retry_class
    }

    /// The number of attempts so far.
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// The time that the call has spent waiting so far, for slots of the throttle and between attempts.
    pub fn waited(&self) -> Duration {
        self.stats.waited
    }

    /// The `X-Request-Id` of the last response, if it has one. You can quote this id to Talkable's support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref()?.to_str().ok()
    }

    /// Whether the API may have processed an attempt that failed. This is the case after a timeout, a lost connection, a 408, a
    /// 5xx, or a response that does not decode.
    ///
    /// If true, an error such as `Duplicate entity` may be caused by an earlier attempt of the same call.
    /// [`Error::verdict`](crate::Error::verdict) takes this into account.
    pub fn maybe_processed(&self) -> bool {
        self.stats.maybe_processed
    }

    /// The suffix of error messages: the request id, the number of attempts and the time spent waiting.
    pub(crate) fn suffix(&self) -> String {
        let CallStats { attempts, waited, .. } = self.stats;
        let suffix = self.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
        if attempts > 1 { format!("{suffix} ({attempts} attempts, waited {waited:.1?})") } else { suffix }
    }
}
