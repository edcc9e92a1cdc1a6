//! Dispatches a call: runs the request hooks, gets the key, and runs the retry loop inside a span.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::context::Shared;
use super::response::{DecodableResponse, RawResponse};
use super::retry_loop::{self, Plan};
use super::{Context, RetryLimits, transport};
use crate::call_info::{CallInfo, CallStats};
use crate::error::{AttemptError, Error};
use crate::observe::{Attempt, CallSpan, host};
use crate::operation::Output;
use crate::request::Request;

/// Sends a request, and retries it until it succeeds or must not be retried.
///
/// Large values are borrowed to keep the future small. A future that takes a value by move reserves space for it twice.
pub(crate) async fn send(
    context: &Context,
    request: &mut Request,
    limits: &RetryLimits,
) -> Result<DecodableResponse, Error> {
    let operation = request.operation;
    let server = request.server.as_deref().unwrap_or(&context.shared.connection.base_url);
    let span = CallSpan::new(operation, &context.site.slug, server);
    match span.around(run(context, request, limits, &span)).await {
        Ok((raw, stats)) => {
            span.succeeded(raw.status.as_u16(), stats);
            Ok(DecodableResponse { raw, stats, operation, span })
        }
        Err(error) => {
            span.failed(&error);
            Err(error)
        }
    }
}

async fn run(
    context: &Context,
    request: &mut Request,
    limits: &RetryLimits,
    span: &CallSpan,
) -> Result<(RawResponse, CallStats), Error> {
    let Shared { keys, connection, settings, .. } = &*context.shared;
    let own_server = request.server.clone();
    let server = own_server.as_deref().unwrap_or(&connection.base_url);
    let url = request.url(server)?;
    settings.hooks.run_on_request(request)?;
    request.check()?;
    let mut key = keys.current()?;
    let mut pool = connection.pools.current()?;
    let operation = request.operation;
    let plan = Plan {
        operation,
        server,
        is_repeatable: request.body.is_repeatable(),
        limits,
        before_send: request.before_send.take(),
    };
    // A reference keeps the futures of the attempts small.
    let report = &|started: Instant, stats, delay, outcome: &Result<RawResponse, AttemptError>| {
        let (result, request_id) = match outcome {
            Ok(response) => (Ok(response.status), response.request_id()),
            Err(error) => (Err(error.kind), error.request_id.clone()),
        };
        let attempt = Attempt {
            info: CallInfo { operation, stats, request_id },
            site_slug: &context.site.slug,
            server_address: host(server),
            server_port: server.port_or_known_default(),
            delay,
            duration: started.elapsed(),
            result,
        };
        span.attempted(&attempt);
        if settings.hooks.attempted(&attempt) {
            span.hook_panicked();
        }
    };
    let is_observed = !settings.hooks.on_attempt.is_empty() || span.is_enabled();
    let mut waited = Duration::ZERO;
    let attempt = |end, stats: CallStats| {
        let delay = stats.waited.saturating_sub(std::mem::replace(&mut waited, stats.waited));
        // The key may have changed since the last attempt. If there is no valid new key, the call keeps its last one.
        key = keys.current().unwrap_or_else(|_| Arc::clone(&key));
        let user_agent = connection.user_agent.clone();
        // A timeout may have replaced the pool.
        pool = connection.pools.current().unwrap_or_else(|_| Arc::clone(&pool));
        let sending = request.build(&pool.http, &url, key.header(), user_agent).send();
        let mut sending = (sending, Arc::clone(&pool));
        let key = Arc::clone(&key);
        async move {
            let started = is_observed.then(Instant::now);
            let is_download = operation.output == Output::Download;
            let outcome = transport::exchange(&mut sending, end, &settings.response, key, is_download).await;
            if let Some(started) = started {
                report(started, stats, delay, &outcome);
            }
            outcome
        }
    };
    retry_loop::run(&plan, &context.site.throttle, fastrand::f64, attempt).await
}
