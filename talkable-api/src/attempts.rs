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

use crate::envelope;
use crate::error::{ApiError, Effort, Error, Fault, TransportError, TransportErrorKind};
use crate::key::ApiKey;
use crate::operation::Operation;
use crate::retry::{self, after};
use crate::throttle::controller::End;
use crate::throttle::{FOREVER, Permit, Throttle, TooLate};
use crate::transport;

/// What a call sends and how long it may take over it.
pub(crate) struct Plan<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) key: &'a ApiKey,
    /// Whether the request can be made a second time, which a stream that has been read can't.
    pub(crate) is_repeatable: bool,
    pub(crate) timeout: Duration,
    pub(crate) deadline: Duration,
    pub(crate) patience: Patience,
}

/// How often a call is sent, and what it waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    /// How often the request is sent at most, whatever the reasons.
    pub(crate) attempts: u32,
    /// The longest wait before one attempt.
    pub(crate) pause_cap: Duration,
    /// Whether the call passes through the gate, and comes back to it after a 429.
    pub(crate) is_throttled: bool,
}

/// What came back, whatever its status.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Sends until there is an answer with a good status, or a reason to stop.
///
/// `attempt` gets the time at which the attempt is over.
pub(crate) async fn run<F: Future<Output = Result<Answer, Fault>>>(
    plan: &Plan<'_>,
    throttle: &Throttle,
    random: fn() -> f64,
    mut attempt: impl FnMut(Instant) -> F,
) -> Result<(Answer, Effort), Error> {
    let mut progress = Progress::new(plan, random);
    loop {
        let permit = progress.pass(throttle).await?;
        progress.effort.attempts += 1;
        match attempt(progress.end_of_attempt(permit.sent())).await {
            Ok(answer) if answer.status == StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = after::asked(&answer.headers);
                permit.ended(End::Refused { retry_after }, random());
                progress.refused(answer, retry_after, throttle)?;
            }
            Ok(answer) => {
                permit.ended(End::Accepted, random());
                if answer.status.is_success() {
                    return Ok((answer, progress.effort));
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

impl Default for Patience {
    fn default() -> Self {
        Self { attempts: u32::MAX, pause_cap: FOREVER, is_throttled: true }
    }
}

impl Answer {
    /// The answer as an error, whatever its status, without the key that it may echo.
    pub(crate) fn into_error(self, operation: &Operation, key: &ApiKey, effort: Effort) -> ApiError {
        ApiError {
            operation: operation.id(),
            status: self.status,
            message: envelope::error_message(&self.body).map(|message| key.scrub_text(message)),
            request_id: self.request_id(key),
            body: key.scrub(self.body),
            effort,
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
    effort: Effort,
    /// How many attempts failed other than by a 429.
    failures: u32,
    last: Option<Box<ApiError>>,
}

impl<'a> Progress<'a> {
    fn new(plan: &'a Plan<'a>, random: fn() -> f64) -> Self {
        let began = Instant::now();
        let end = began + plan.deadline.min(FOREVER);
        Self { plan, random, began, end, effort: Effort::default(), failures: 0, last: None }
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
        let end = self.end.min(from + self.plan.patience.pause_cap.min(FOREVER));
        let outcome = throttle.enter(self.began, end).await;
        self.effort.waited += from.elapsed();
        outcome.map_err(|TooLate(retry_in)| self.throttled(retry_in))
    }

    async fn wait_until(&mut self, until: Instant) {
        let from = Instant::now();
        sleep_until(until).await;
        self.effort.waited += from.elapsed();
    }

    fn is_held_back(&self, throttle: &Throttle) -> bool {
        self.plan.patience.is_throttled && throttle.is_on()
    }

    /// Whether another attempt is allowed, apart from what the last one was answered.
    fn is_repeatable(&self) -> bool {
        self.plan.is_repeatable && self.effort.attempts < self.plan.patience.attempts
    }

    fn error(&self, answer: Answer) -> ApiError {
        answer.into_error(self.plan.operation, self.plan.key, self.effort)
    }

    fn throttled(&mut self, retry_in: Duration) -> Error {
        let Effort { attempts, waited, maybe_executed } = self.effort;
        Error::Throttled { retry_in, attempts, waited, last: self.last.take(), maybe_executed }
    }

    /// After a 429. The gate makes the next attempt wait; here it is only found out whether there can be one.
    fn refused(&mut self, answer: Answer, asked: Option<Duration>, throttle: &Throttle) -> Result<(), Error> {
        let error = Box::new(self.error(answer));
        if !self.is_repeatable() || !self.is_held_back(throttle) {
            return Err(Error::Api(error));
        }
        self.last = Some(error);
        let left = self.end.saturating_duration_since(Instant::now()).min(self.plan.patience.pause_cap);
        match asked.filter(|asked| *asked >= left) {
            Some(asked) => Err(self.throttled(asked)),
            None => Ok(()),
        }
    }

    /// After any other answer that isn't good.
    async fn failed(&mut self, answer: Answer) -> Result<(), Error> {
        let is_open = self.plan.operation.class().allows_after_status(answer.status);
        let asked = after::asked(&answer.headers);
        self.effort.maybe_executed |= answer.status.is_server_error();
        match self.next(is_open, asked) {
            Some(next) => self.wait_until(next).await,
            None => return Err(Error::Api(Box::new(self.error(answer)))),
        }
        Ok(())
    }

    /// After an attempt without an answer.
    async fn broken(&mut self, fault: Fault) -> Result<(), Error> {
        self.effort.maybe_executed |= !fault.was_not_sent();
        let is_open = self.plan.operation.class().allows_after_fault(&fault);
        match self.next(is_open, None) {
            Some(next) => self.wait_until(next).await,
            None => {
                return Err(Error::Transport(Box::new(TransportError {
                    operation: self.plan.operation.id(),
                    fault,
                    effort: self.effort,
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
        if pause > self.plan.patience.pause_cap {
            return None;
        }
        Instant::now().checked_add(pause).filter(|next| *next < self.end)
    }
}

/// The fault of an attempt that took too long.
pub(crate) fn timed_out() -> Fault {
    Fault::new(TransportErrorKind::Timeout)
}

#[cfg(test)]
mod tests;
