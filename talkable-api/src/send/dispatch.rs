//! One call: its hooks, its key, and the retry loop inside its span.

use std::sync::Arc;

use super::key::ApiKey;
use super::response::{DecodableResponse, RawResponse};
use super::retry_loop::{self, Plan};
use super::{Context, RetryLimits, transport};
use crate::call_info::CallStats;
use crate::error::Error;
use crate::observe::{AttemptObserver, CallSpan};
use crate::request::RequestParts;

/// Sends a request until a response has a success status, or until it must not be retried.
///
/// A value that is moved into a future doubles its size there, so large ones are borrowed.
pub(crate) async fn send(
    context: &Context,
    parts: &mut RequestParts,
    limits: &RetryLimits,
) -> Result<DecodableResponse, Error> {
    let operation = parts.operation();
    let span = CallSpan::new(operation, context.site_slug(), &context.settings().server);
    match span.around(run(context, parts, limits, &span)).await {
        Ok((raw, stats, key)) => {
            span.succeeded(raw.status.as_u16(), stats);
            Ok(DecodableResponse { raw, stats, operation, key, span })
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
) -> Result<(RawResponse, CallStats, Arc<ApiKey>), Error> {
    let settings = context.settings();
    let url = parts.url(&settings.base_url)?;
    settings.request_hooks.run(parts, context.site_slug())?;
    parts.check()?;
    let key = context.keys().current()?;
    let operation = parts.operation();
    let plan = Plan { operation, key: &key, server: &settings.server, is_repeatable: parts.is_repeatable(), limits };
    let observer = &AttemptObserver::new(operation, context.site_slug(), &settings.server, &settings.hooks, span);
    let (mut number, mut latest, first) = (0, Arc::clone(&key), &key);
    let attempt = |end| {
        number += 1;
        // The key may have changed since the last attempt. Without a new key, the call continues with its last one.
        latest = context.keys().current().unwrap_or_else(|_| Arc::clone(&latest));
        let key = Arc::clone(&latest);
        let user_agent = settings.user_agent.clone();
        let response = parts.build(&settings.http, &url, context.site_slug(), key.header(), user_agent).send();
        async move {
            let started = observer.start();
            let mut outcome = transport::exchange(response, end, settings.response).await;
            if let Err(error) = &mut outcome {
                error.request_id = error.request_id.take().and_then(|id| key.scrub_header(&id));
            }
            let result = outcome.as_ref().map(|response| response.status).map_err(|error| error.kind);
            observer.end(started, number, result, || match &outcome {
                Ok(response) => response.request_id(&key),
                Err(error) => error.request_id.clone(),
            });
            if Arc::ptr_eq(&key, first) { outcome } else { outcome.map(|response| response.scrubbed(&key)) }
        }
    };
    let (response, stats) = retry_loop::run(&plan, context.throttle(), fastrand::f64, attempt).await?;
    Ok((response, stats, latest))
}
