//! The retry loop of one call: wait for a slot, send the request, and retry it if the outcome permits a retry.
//!
//! After a 429, the [`Throttle`] decides when to retry. After any other failure, [`retry`] decides. The function that
//! sends the request is an argument, so tests need neither a network nor a real clock.

use std::time::Duration;

use reqwest::{StatusCode, Url};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::response::RawResponse;
use super::retry_after::retry_after;
use super::throttle::controller::End;
use super::throttle::{Permit, Throttle, TooLate};
use super::{FOREVER, RetryLimits, retry, transport};
use crate::call_info::{CallInfo, CallStats};
use crate::error::{ApiError, AttemptError, Error, HookError, ThrottledError, TransportError};
use crate::operation::Operation;
use crate::request::BeforeSend;

/// The parameters of one call.
pub(super) struct Plan<'a> {
    pub(super) operation: &'static Operation,
    pub(super) server: &'a Url,
    /// Whether the request can be sent again. This is false if the body is a stream.
    pub(super) is_repeatable: bool,
    pub(super) limits: &'a RetryLimits,
    pub(super) before_send: Option<Box<BeforeSend>>,
}

/// Sends a request, and retries it until it succeeds or must not be retried.
///
/// `attempt` sends the request once. Its arguments are the time at which the attempt times out, and the statistics of
/// the call including this attempt.
pub(super) async fn run<F: Future<Output = Result<RawResponse, AttemptError>>>(
    plan: &Plan<'_>,
    throttle: &Throttle,
    random: fn() -> f64,
    mut attempt: impl FnMut(Instant, CallStats) -> F,
) -> Result<(RawResponse, CallStats), Error> {
    let mut state = CallState::new(plan, random);
    loop {
        let permit = state.acquire(throttle).await?;
        let sent = match &plan.before_send {
            None => permit.sent(),
            Some(hook) => {
                // Boxing keeps the future small for calls without a hook.
                Box::pin(state.run_before_send(hook)).await?;
                Instant::now()
            }
        };
        state.stats.attempts += 1;
        match attempt(state.end_of_attempt(sent), state.stats).await {
            Ok(response) if response.status == StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = retry_after(&response.headers);
                permit.ended(End::Refused { retry_after }, random());
                state.refused(response, retry_after, throttle)?;
            }
            Ok(response) => {
                permit.ended(End::Accepted, random());
                if plan.operation.is_success(response.status) {
                    return Ok((response, state.stats));
                }
                state.failed(response).await?;
            }
            Err(error) => {
                drop(permit);
                state.broken(error).await?;
            }
        }
    }
}

/// The state of a call between its attempts.
struct CallState<'a> {
    plan: &'a Plan<'a>,
    random: fn() -> f64,
    began: Instant,
    end: Instant,
    stats: CallStats,
    /// The number of failed attempts, not counting those that got a 429.
    failures: u32,
    last: Option<Box<ApiError>>,
}

impl<'a> CallState<'a> {
    fn new(plan: &'a Plan<'a>, random: fn() -> f64) -> Self {
        let began = Instant::now();
        let end = began + plan.limits.deadline.min(FOREVER);
        Self { plan, random, began, end, stats: CallStats::default(), failures: 0, last: None }
    }

    fn end_of_attempt(&self, sent: Instant) -> Instant {
        self.end.min(sent + self.plan.limits.timeout.min(FOREVER))
    }

    /// Waits for a slot. Fails if the wait would be too long.
    async fn acquire<'t>(&mut self, throttle: &'t Throttle) -> Result<Permit<'t>, Error> {
        if !self.is_throttled(throttle) {
            return Ok(throttle.bypass());
        }
        let from = if self.stats.attempts == 0 { self.began } else { Instant::now() };
        let end = self.end.min(from + self.plan.limits.pause_cap.min(FOREVER));
        match throttle.enter(self.began, end).await {
            Ok(permit) => {
                self.stats.waited += permit.sent().saturating_duration_since(from);
                Ok(permit)
            }
            Err(TooLate(retry_in)) => {
                self.stats.waited += from.elapsed();
                Err(self.throttled(retry_in, end))
            }
        }
    }

    /// Runs the hook of the call, while the call holds its slot.
    async fn run_before_send(&self, hook: &BeforeSend) -> Result<(), Error> {
        let info = CallInfo { operation: self.plan.operation, stats: self.stats, request_id: None };
        let result = timeout_at(self.end, hook.0(info.clone())).await;
        let result = result.unwrap_or_else(|elapsed| Err(elapsed.into()));
        result.map_err(|source| Error::Hook(Box::new(HookError { info, source })))
    }

    fn is_throttled(&self, throttle: &Throttle) -> bool {
        self.plan.limits.is_throttled && throttle.is_on()
    }

    /// Whether the body and the limit on attempts permit another attempt.
    fn is_repeatable(&self) -> bool {
        self.plan.is_repeatable && self.plan.limits.attempts.is_none_or(|attempts| self.stats.attempts < attempts)
    }

    fn api_error(&self, response: RawResponse) -> Box<ApiError> {
        Box::new(response.into_error(self.plan.operation, self.stats))
    }

    fn throttled(&mut self, retry_in: Duration, end: Instant) -> Error {
        let last = self.last.take();
        let request_id = last.as_ref().and_then(|last| last.info.request_id.clone());
        let info = CallInfo { operation: self.plan.operation, stats: self.stats, request_id };
        let limit = if end < self.end { "pause_cap" } else { "deadline" };
        Error::Throttled(Box::new(ThrottledError { info, retry_in, limit, last }))
    }

    /// Handles a 429. Fails if the call must not be retried; otherwise, `acquire` delays the next attempt.
    fn refused(
        &mut self,
        response: RawResponse,
        requested: Option<Duration>,
        throttle: &Throttle,
    ) -> Result<(), Error> {
        let error = self.api_error(response);
        if !self.is_repeatable() || !self.is_throttled(throttle) {
            return Err(Error::Api(error));
        }
        self.last = Some(error);
        let now = Instant::now();
        let left = self.end.saturating_duration_since(now).min(self.plan.limits.pause_cap);
        match requested.filter(|requested| *requested >= left) {
            Some(requested) => Err(self.throttled(requested, now + left)),
            None => Ok(()),
        }
    }

    /// Handles an error status other than 429: pauses before a retry, or fails if the call must not be retried.
    async fn failed(&mut self, response: RawResponse) -> Result<(), Error> {
        // Some proxies send a 408 while they wait for the server behind them, which may then process the request.
        let status = response.status;
        self.stats.maybe_processed |= status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT;
        let is_retried = retry::is_retried_after_status(self.plan.operation, response.status);
        let requested = retry_after(&response.headers);
        if self.pause(is_retried, requested).await { Ok(()) } else { Err(Error::Api(self.api_error(response))) }
    }

    /// Handles an attempt without a response: pauses before a retry, or fails if the call must not be retried.
    async fn broken(&mut self, error: AttemptError) -> Result<(), Error> {
        self.stats.maybe_processed |= !error.was_not_sent();
        let is_retried = retry::is_retried_after_error(self.plan.operation, &error);
        if self.pause(is_retried, None).await {
            return Ok(());
        }
        let AttemptError { kind, request_id, source } = error;
        let info = CallInfo { operation: self.plan.operation, stats: self.stats, request_id };
        let server = transport::address(self.plan.server);
        Err(Error::Transport(Box::new(TransportError { info, kind, server, source })))
    }

    /// Pauses before the next attempt. Returns false without a pause if the call must not be retried.
    async fn pause(&mut self, is_retried: bool, requested: Option<Duration>) -> bool {
        self.failures += 1;
        if !is_retried || !self.is_repeatable() || self.failures >= self.plan.limits.failures() {
            return false;
        }
        let pause = retry::pause(self.failures, (self.random)()).max(requested.unwrap_or_default());
        let from = Instant::now();
        let next = from.checked_add(pause).filter(|next| *next < self.end);
        let Some(next) = next.filter(|_| pause <= self.plan.limits.pause_cap) else { return false };
        sleep_until(next).await;
        self.stats.waited += from.elapsed();
        true
    }
}

#[cfg(test)]
mod tests;
