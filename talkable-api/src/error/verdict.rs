//! The verdict of an error: what to do with the failed call.

use std::time::Duration;

use super::{ApiError, Error, TransportErrorKind};
use crate::call_info::CallInfo;
use crate::operation::RetryClass;

/// The pause before a repetition if neither the API nor the throttle sets one.
const PAUSE: Duration = Duration::from_secs(1);

/// The action to take after a failed call, returned by [`Error::verdict`].
///
/// The verdict combines the error, the [`RetryClass`] of the operation and the earlier attempts of the same call. It applies
/// after the client's own retries, so [`RetryAfter`](Self::RetryAfter) means that a new call may succeed later.
///
/// | error | idempotent operations | other operations |
/// |---|---|---|
/// | [`Invalid`](Error::Invalid) | `NotSent` | `NotSent` |
/// | [`Throttled`](Error::Throttled), status 429 | `RetryAfter` | `RetryAfter` |
/// | could not connect, [`Hook`](Error::Hook) | `RetryAfter` | `RetryAfter` |
/// | timeout, lost connection, status 408 or 5xx | `RetryAfter` | `MaybeProcessed` |
/// | [`Decode`](Error::Decode), if the body is not JSON | `RetryAfter` | `MaybeProcessed` |
/// | status 401 or 403 | `Unauthorized` | `Unauthorized` |
/// | any other status of 300 or more, `ok: false` | `Rejected` | `Rejected` |
/// | [`Decode`](Error::Decode), if the body is JSON | `Processed` | `Processed` |
/// | a response over the size limit | `Processed` | `Processed` |
///
/// ```
/// use talkable_api::{Error, Verdict};
///
/// # struct Job;
/// # impl Job {
/// #     fn finish(&self) {}
/// #     fn schedule(&self, _: std::time::Duration) {}
/// #     fn hold(&self) {}
/// #     fn review(&self, _: &Error) {}
/// #     fn fail(&self, _: &Error) {}
/// # }
/// # fn example(job: Job, result: Result<(), Error>) {
/// let Err(error) = result else { return job.finish() };
/// match error.verdict() {
///     Verdict::RetryAfter(pause) => job.schedule(pause), // at `talkable_api::now() + pause`
///     Verdict::Unauthorized => job.hold(), // with all other jobs, until the key works
///     Verdict::Processed => job.finish(),
///     Verdict::MaybeProcessed => job.review(&error),
///     _ => job.fail(&error),
/// }
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// An argument or a setting is invalid, and nothing was sent. Repeating the call fails in the same way.
    NotSent,
    /// The failure is temporary, and repeating the call is safe. Wait for at least this duration: the time until the throttle's
    /// next slot, the API's `Retry-After`, or one second. Wait longer after each further failure.
    RetryAfter(Duration),
    /// The API rejected the request, and will reject it again.
    Rejected,
    /// The API key is wrong, or does not permit the operation. Stop all calls for the site until the key is replaced.
    Unauthorized,
    /// The API processed the request, but the response can't be read. Do not repeat the call.
    Processed,
    /// The API may have processed the request, and processing it twice would have an effect. Look up the result before you repeat
    /// the call.
    MaybeProcessed,
}

impl Error {
    /// The action to take: repeat the call, correct it, or look up whether the API has processed it.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Invalid(_) => Verdict::NotSent,
            Self::Throttled(error) => retry(&error.info, error.retry_in),
            Self::Api(error) => after_status(error),
            Self::Transport(error) if error.kind == TransportErrorKind::TooLarge => Verdict::Processed,
            Self::Transport(error) => retry(&error.info, PAUSE),
            Self::Hook(error) => retry(&error.info, PAUSE),
            Self::Decode(error) if error.is_lost => retry(&error.info, PAUSE),
            Self::Decode(_) => Verdict::Processed,
        }
    }

    /// Whether a later call may succeed and is safe, which is the case for [`Verdict::RetryAfter`].
    pub fn is_retryable(&self) -> bool {
        matches!(self.verdict(), Verdict::RetryAfter(_))
    }
}

fn after_status(error: &ApiError) -> Verdict {
    match error.status.as_u16() {
        408 | 429 | 500..=599 => retry(&error.info, error.retry_after.unwrap_or(PAUSE)),
        401 | 403 => Verdict::Unauthorized,
        _ => Verdict::Rejected,
    }
}

fn retry(info: &CallInfo, pause: Duration) -> Verdict {
    match info.retry_class() {
        RetryClass::RefusedOnly if info.maybe_processed() => Verdict::MaybeProcessed,
        RetryClass::Idempotent | RetryClass::RefusedOnly => Verdict::RetryAfter(pause),
    }
}
