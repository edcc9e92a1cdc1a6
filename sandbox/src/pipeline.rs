//! Handles an API request: checks the key, reads the arguments, finds the site, applies the rate limit, validates the
//! request, performs the operation and wraps the result in the envelope.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::behavior::Behavior;
use crate::call::{ApiError, ApiResult, Call, enclose, send};
use crate::description::Operation;
use crate::shared::Shared;
use crate::state::Site;

pub(crate) mod request;

pub(crate) use request::ClientIp;

pub(crate) async fn handle(
    shared: Arc<Shared>,
    operation: &'static Operation,
    behavior: Behavior,
    request: Request,
) -> Response {
    let (call, (status, envelope)) = match request::read(&shared, operation, request).await {
        Ok(call) => {
            let response = perform(&shared, operation, behavior, &call);
            (Some(call), response)
        }
        Err(error) => (None, enclose(operation.status, Err(error))),
    };
    shared.record(operation, call, status.as_u16(), &envelope);
    send(status, &envelope)
}

fn perform(shared: &Shared, operation: &Operation, behavior: Behavior, call: &Call) -> (StatusCode, Value) {
    let slug = call.fields().text("site_slug").unwrap_or_default();
    let response = shared.with_site(&slug, |site| {
        if shared.faults.admit(&slug, shared.clock.now()) {
            enclose(operation.status, run(site, operation, behavior, call))
        } else {
            // Talkable's 429 responses have neither a body nor a `Retry-After` header.
            (StatusCode::TOO_MANY_REQUESTS, Value::Null)
        }
    });
    response.unwrap_or_else(|| enclose(operation.status, Err(ApiError::no_site())))
}

fn run(site: &mut Site, operation: &Operation, behavior: Behavior, call: &Call) -> ApiResult {
    operation.rules.validate(&call.arguments)?;
    if operation.method.is_safe() {
        return behavior(site, call);
    }
    site.check_quota(0, call.size)?;
    site.charging(call.size, |site| behavior(site, call))
}
