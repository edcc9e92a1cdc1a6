//! Dispatches a call: runs the request hooks, gets the key, and runs the retry loop inside a span.

use std::sync::Arc;
use std::time::Duration;

use super::response::{DecodableResponse, RawResponse};
use super::retry_loop::{self, Plan};
use super::{Context, RetryLimits, transport};
use crate::call_info::CallStats;
use crate::error::Error;
use crate::observe::{AttemptObserver, CallSpan};
use crate::request::RequestParts;

/// Sends a request, and retries it until it succeeds or must not be retried.
///
/// Large values are borrowed to keep the future small. A future that takes a value by move reserves space for it twice.
pub(crate) async fn send(
    context: &Context,
    parts: &mut RequestParts,
    limits: &RetryLimits,
) -> Result<DecodableResponse, Error> {
    let operation = parts.operation;
    let span = CallSpan::new(operation, &context.site.slug, &context.shared.settings.server);
    match span.around(run(context, parts, limits, &span)).await {
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
    parts: &mut RequestParts,
    limits: &RetryLimits,
    span: &CallSpan,
) -> Result<(RawResponse, CallStats), Error> {
    let settings = &context.shared.settings;
    let url = parts.url(&settings.base_url)?;
    settings.request_hooks.run(parts)?;
    parts.check()?;
    let mut key = context.shared.keys.current()?;
    let operation = parts.operation;
    let plan = Plan { operation, server: &settings.server, is_repeatable: parts.body.is_repeatable(), limits };
    let observer = &AttemptObserver {
        operation,
        site_slug: &context.site.slug,
        server: &settings.server,
        hooks: &settings.hooks,
        span,
    };
    let mut waited = Duration::ZERO;
    let attempt = |end, stats: CallStats| {
        let delay = stats.waited.saturating_sub(std::mem::replace(&mut waited, stats.waited));
        // The key may have changed since the last attempt. If there is no valid new key, the call keeps its last one.
        key = context.shared.keys.current().unwrap_or_else(|_| Arc::clone(&key));
        let user_agent = settings.user_agent.clone();
        let response = parts.build(&settings.http, &url, key.header(), user_agent).send();
        let key = Arc::clone(&key);
        async move {
            let started = observer.start();
            let outcome = transport::exchange(response, end, settings.response, key).await;
            let result = outcome.as_ref().map(|response| response.status).map_err(|error| error.kind);
            observer.end(started, stats, delay, result, || match &outcome {
                Ok(response) => response.request_id(),
                Err(error) => error.request_id.clone(),
            });
            outcome
        }
    };
    retry_loop::run(&plan, &context.site.throttle, fastrand::f64, attempt).await
}
