//! The facts about a call that responses, errors and hooks share.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderValue;

use crate::operation::Operation;

/// What a call was, and what it took.
///
/// It holds nothing personal: the template instead of the path, and neither query nor body.
///
/// ```no_run
/// # async fn example(call: talkable_api::Call<String>) {
/// if let Err(error) = call.await
///     && let Some(info) = error.info()
/// {
///     eprintln!("{} failed after {} attempts", info.operation(), info.attempts());
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct CallInfo {
    pub(crate) operation: &'static Operation,
    pub(crate) stats: CallStats,
    pub(crate) request_id: Option<HeaderValue>,
}

/// The counters of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallStats {
    pub(crate) attempts: u32,
    pub(crate) waited: Duration,
    /// Whether the API may have processed an attempt that failed.
    pub(crate) maybe_executed: bool,
}

impl CallInfo {
    /// The `operationId` of the API's description, such as `findPerson`.
    pub fn operation(&self) -> &'static str {
        self.operation.id()
    }

    /// The HTTP method.
    pub fn method(&self) -> &'static Method {
        self.operation.method()
    }

    /// The path with its arguments in braces, such as `/api/v2/people/{person_slug}`.
    pub fn template(&self) -> &'static str {
        self.operation.template()
    }

    /// The number of attempts so far.
    pub fn attempts(&self) -> u32 {
        self.stats.attempts
    }

    /// The time spent waiting so far, for the throttle and between attempts.
    pub fn waited(&self) -> Duration {
        self.stats.waited
    }

    /// The `X-Request-Id` of the last response, for Talkable's support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_ref()?.to_str().ok()
    }

    /// Whether the API may have processed the request in an attempt that failed: a timeout, a broken connection, a 5xx, or
    /// a response that does not decode.
    ///
    /// If it is false, the failed call can be repeated without doing anything twice. If it is true, an error such as
    /// `Duplicate entity` may be the result of an earlier attempt of the same call.
    pub fn maybe_executed(&self) -> bool {
        self.stats.maybe_executed
    }

    /// The end of an error message: the request id, and what the call took.
    pub(crate) fn suffix(&self) -> Suffix<'_> {
        Suffix(self)
    }
}

pub(crate) struct Suffix<'a>(&'a CallInfo);

impl fmt::Display for Suffix<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CallStats { attempts, waited, .. } = self.0.stats;
        if let Some(request_id) = self.0.request_id() {
            write!(formatter, " (request {request_id})")?;
        }
        if attempts > 1 {
            write!(formatter, " ({attempts} attempts, waited {waited:.1?})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for CallInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CallInfo");
        shown.field("operation", &self.operation());
        shown.field("attempts", &self.attempts()).field("waited", &self.waited());
        shown.field("request_id", &self.request_id()).field("maybe_executed", &self.maybe_executed()).finish()
    }
}
