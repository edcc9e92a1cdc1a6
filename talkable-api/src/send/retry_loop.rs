//! One call as a row of attempts: wait for leave, send, judge, and perhaps wait again.
//!
//! The loop decides nothing itself: [`Throttle`] knows about 429s, [`retry`] about everything else, the plan
//! about the limits of the call. Sending is an argument, so that the tests send nothing and run on a virtual clock.
//!
//! ```no_run
//! # use std::time::Duration;
//! # async fn example(call: talkable_api::Call<String>) -> Result<(), talkable_api::Error> {
//! let call = call.timeout(Duration::from_secs(3)).deadline(Duration::from_secs(20));
//! let response = call.response().await?;
//! println!("{} attempts, {:?} of waiting", response.attempts, response.waited);
//! # Ok(())
//! # }
//! ```

use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::time::{Instant, sleep_until};

use crate::decode::envelope;
use crate::error::{ApiError, AttemptError, CallStats, Error, TransportError, TransportErrorKind};
use crate::operation::Operation;
use crate::send::key::ApiKey;
use crate::send::throttle::controller::End;
use crate::send::throttle::{FOREVER, Permit, Throttle, TooLate};
use crate::send::transport;
use crate::send::{retry, retry_after};

/// What a call sends and how long it may take over it.
pub(crate) struct Plan<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) key: &'a ApiKey,
    /// Whether the request can be made a second time, which a stream that has been read can't.
    pub(crate) is_repeatable: bool,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry_limits: RetryLimits,
}

/// How often a call is sent, and what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryLimits {
    /// How often the request is sent at most, whatever the reasons.
    pub(crate) attempts: u32,
    /// The longest wait before one attempt.
    pub(crate) pause_cap: Duration,
    /// Whether the call passes through the gate, and comes back to it after a 429.
    pub(crate) is_throttled: bool,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Sends until there is an answer with a good status, or a reason to stop.
///
/// `attempt` gets the time at which the attempt is over.
pub(crate) async fn run<F: Future<Output = Result<RawResponse, AttemptError>>>(
    plan: &Plan<'_>,
    throttle: &Throttle,
    random: fn() -> f64,
    mut attempt: impl FnMut(Instant) -> F,
) -> Result<(RawResponse, CallStats), Error> {
    let mut progress = Progress::new(plan, random);
    loop {
        let permit = progress.pass(throttle).await?;
        progress.stats.attempts += 1;
        match attempt(progress.end_of_attempt(permit.sent())).await {
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = retry_after::asked(&answer.headers);
                permit.ended(End::Refused { retry_after }, random());
                progress.refused(answer, retry_after, throttle)?;
            }
            Ok(answer) => {
                permit.ended(End::Accepted, random());
                if answer.status.is_success() {
                    return Ok((answer, progress.stats));
                }
                progress.failed(answer).await?;
            }
            Err(fault) => {
                drop(permit);
                progress.broken(fault).await?;
            }
        }
    }
}

impl Default for RetryLimits {
    fn default() -> Self {
        Self { attempts: u32::MAX, pause_cap: FOREVER, is_throttled: true }
    }
}

impl RawResponse {
    /// The answer as an error, whatever its status, without the key that it may echo.
    pub(crate) fn into_error(self, operation: &Operation, key: &ApiKey, stats: CallStats) -> ApiError {
        ApiError {
            operation: operation.id(),
            status: self.status,
            message: envelope::error_message(&self.body).map(|message| key.scrub_text(message)),
            request_id: self.request_id(key),
            body: key.scrub(self.body),
            stats,
        }
    }

    pub(crate) fn request_id(&self, key: &ApiKey) -> Option<String> {
        Some(key.scrub_text(transport::request_id(&self.headers)?.to_owned()))
    }
}

/// How far a call has come.
struct Progress<'a> {
    plan: &'a Plan<'a>,
    random: fn() -> f64,
    began: Instant,
    end: Instant,
    stats: CallStats,
    /// How many attempts failed other than by a 429.
    failures: u32,
    last: Option<Box<ApiError>>,
}

impl<'a> Progress<'a> {
    fn new(plan: &'a Plan<'a>, random: fn() -> f64) -> Self {
        let began = Instant::now();
        let end = began + plan.deadline.min(FOREVER);
        Self { plan, random, began, end, stats: CallStats::default(), failures: 0, last: None }
    }

    fn end_of_attempt(&self, sent: Instant) -> Instant {
        self.end.min(sent + self.plan.timeout.min(FOREVER))
    }

    /// Waits for leave to send, or gives up at once if it would come too late.
    async fn pass<'t>(&mut self, throttle: &'t Throttle) -> Result<Permit<'t>, Error> {
        if !self.is_held_back(throttle) {
            return Ok(throttle.bypass());
        }
        let from = Instant::now();
        let end = self.end.min(from + self.plan.retry_limits.pause_cap.min(FOREVER));
        let outcome = throttle.enter(self.began, end).await;
        self.stats.waited += from.elapsed();
        outcome.map_err(|TooLate(retry_in)| self.throttled(retry_in))
    }

    async fn wait_until(&mut self, until: Instant) {
        let from = Instant::now();
        sleep_until(until).await;
        self.stats.waited += from.elapsed();
    }

    fn is_held_back(&self, throttle: &Throttle) -> bool {
        self.plan.retry_limits.is_throttled && throttle.is_on()
    }

    /// Whether another attempt is allowed, apart from what the last one was answered.
    fn is_repeatable(&self) -> bool {
        self.plan.is_repeatable && self.stats.attempts < self.plan.retry_limits.attempts
    }

    fn error(&self, answer: RawResponse) -> ApiError {
        answer.into_error(self.plan.operation, self.plan.key, self.stats)
    }

    fn throttled(&mut self, retry_in: Duration) -> Error {
        let CallStats { attempts, waited, maybe_executed } = self.stats;
        Error::Throttled { retry_in, attempts, waited, last: self.last.take(), maybe_executed }
    }

    /// After a 429. The gate makes the next attempt wait; here it is only found out whether there can be one.
    fn refused(&mut self, answer: RawResponse, asked: Option<Duration>, throttle: &Throttle) -> Result<(), Error> {
        let error = Box::new(self.error(answer));
        if !self.is_repeatable() || !self.is_held_back(throttle) {
            return Err(Error::Api(error));
        }
        self.last = Some(error);
        let left = self.end.saturating_duration_since(Instant::now()).min(self.plan.retry_limits.pause_cap);
        match asked.filter(|asked| *asked >= left) {
            Some(asked) => Err(self.throttled(asked)),
            None => Ok(()),
        }
    }

    /// After any other answer that isn't good.
    async fn failed(&mut self, answer: RawResponse) -> Result<(), Error> {
        let is_open = self.plan.operation.class().allows_after_status(answer.status);
        let asked = retry_after::asked(&answer.headers);
        self.stats.maybe_executed |= answer.status.is_server_error();
        match self.next(is_open, asked) {
            Some(next) => self.wait_until(next).await,
            None => return Err(Error::Api(Box::new(self.error(answer)))),
        }
        Ok(())
    }

    /// After an attempt without an answer.
    async fn broken(&mut self, fault: AttemptError) -> Result<(), Error> {
        self.stats.maybe_executed |= !fault.was_not_sent();
        let is_open = self.plan.operation.class().allows_after_fault(&fault);
        match self.next(is_open, None) {
            Some(next) => self.wait_until(next).await,
            None => {
                return Err(Error::Transport(Box::new(TransportError {
                    operation: self.plan.operation.id(),
                    fault,
                    stats: self.stats,
                })));
            }
        }
        Ok(())
    }

    /// When to try again after a failure, if that is open and there is time.
    fn next(&mut self, is_open: bool, asked: Option<Duration>) -> Option<Instant> {
        self.failures += 1;
        if !is_open || !self.is_repeatable() || self.failures >= retry::ATTEMPTS {
            return None;
        }
        let pause = retry::pause(self.failures, (self.random)()).max(asked.unwrap_or_default());
        if pause > self.plan.retry_limits.pause_cap {
            return None;
        }
        Instant::now().checked_add(pause).filter(|next| *next < self.end)
    }
}

/// The fault of an attempt that took too long.
pub(crate) fn timed_out() -> AttemptError {
    AttemptError::new(TransportErrorKind::Timeout)
}

#[cfg(test)]
mod tests;
