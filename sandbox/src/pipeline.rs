//! Handles an API request: checks the key, reads the arguments, finds the site, applies the rate limit, validates the
//! request, performs the operation and wraps the result in the envelope.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::RequestExt as _;
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use data_encoding::BASE64;
use hyper::body::Body as _;
use serde_json::{Map, Value};

use crate::activity::Exchange;
use crate::behavior::Behavior;
use crate::body::{self, Content};
use crate::call::{ApiError, ApiResult, Call, enclose, require, send, to_text};
use crate::description::Operation;
use crate::shared::Shared;
use crate::state::Site;

mod lenient;

/// The maximum size of a small body. Only a few larger bodies are read at a time, to limit memory usage.
const MAX_SMALL_BODY_BYTES: u64 = 64 * 1024;

/// The client's IP address, stored as an extension of the request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientIp(pub(crate) IpAddr);

pub(crate) async fn handle(
    shared: Arc<Shared>,
    operation: &'static Operation,
    behavior: Behavior,
    request: Request,
) -> Response {
    let authorized = authorize(&shared, request.headers(), shared.is_lenient);
    let failure = if authorized.is_ok() { shared.faults().take_failure(&operation.id) } else { None };
    let fault = match failure.map(|failure| failure.apply()) {
        Some(Ok(response)) => return response,
        Some(Err(fault)) => Some(fault),
        None => None,
    };
    let mut sent = Bytes::new();
    let call = async {
        authorized?;
        read(&shared, operation, request, &mut sent).await
    };
    let (call, (status, envelope)) = match call.await {
        Ok(mut call) => {
            if shared.is_lenient {
                lenient::complete(&shared, operation, &mut call.arguments);
            }
            let response = perform(&shared, operation, behavior, &call);
            (Some(call), response)
        }
        Err(error) => (None, enclose(operation.status, Err(error))),
    };
    shared.record(operation, call, status.as_u16(), &envelope);
    let exchange = Exchange { request: sent, response: Bytes::from(to_text(&envelope)) };
    let mut response = send(status, exchange.response.clone());
    response.extensions_mut().insert(exchange);
    fault.map(|fault| response.extensions_mut().insert(fault));
    response
}

fn perform(shared: &Shared, operation: &Operation, behavior: Behavior, call: &Call) -> (StatusCode, Value) {
    let slug = call.fields().text("site_slug").unwrap_or_default();
    let response = shared.with_site(&slug, |site| {
        if shared.faults().admit(&slug, shared.clock.now()) {
            let result =
                operation.rules.validate(&call.arguments).and_then(|()| apply(site, operation, behavior, call));
            enclose(operation.status, result)
        } else {
            // Talkable's 429 responses have neither a body nor a `Retry-After` header.
            (StatusCode::TOO_MANY_REQUESTS, Value::Null)
        }
    });
    response.unwrap_or_else(|| enclose(operation.status, Err(ApiError::no_site())))
}

fn apply(site: &mut Site, operation: &Operation, behavior: Behavior, call: &Call) -> ApiResult {
    if !operation.method.is_safe() {
        site.check_quota(0, call.size)?;
    }
    behavior(site, call)
}

/// Reads the arguments of a call, and sets `sent` to the body.
async fn read(
    shared: &Shared,
    operation: &Operation,
    mut request: Request,
    sent: &mut Bytes,
) -> Result<Call, ApiError> {
    let path = request.extract_parts::<RawPathParams>().await;
    let path = path.map_err(|_| ApiError::bad_request("The path is not valid UTF-8."))?;
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let client_ip = request.extensions().get::<ClientIp>().map_or(Ipv4Addr::LOCALHOST.into(), |client| client.0);
    let mut arguments = query(operation, request.uri().query().unwrap_or_default());
    let is_large = request.body().size_hint().upper().is_none_or(|bytes| bytes > MAX_SMALL_BODY_BYTES);
    let content = with_timeout(shared, async {
        let _permit = if is_large { shared.large_bodies.acquire().await.ok() } else { None };
        body::read(request, operation.rules.takes_file, sent).await
    });
    let Content { arguments: in_body, upload, size } = content.await?;
    arguments.extend(in_body);
    Ok(Call { path, arguments, upload, size, client_ip })
}

/// Checks the API key, which is sent as a bearer token or, with `allows_basic`, as the user name of basic authentication.
///
/// The 401 has no `WWW-Authenticate` header. Otherwise, browsers would ask for a user name and a password, and add them to all
/// later requests, including those caused by other websites.
pub(crate) fn authorize(shared: &Shared, headers: &HeaderMap, allows_basic: bool) -> Result<(), ApiError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, credentials) = value.split_once(' ').unwrap_or_default();
    let is_bearer = scheme.eq_ignore_ascii_case("bearer") && credentials.trim() == shared.api_key;
    let is_basic =
        allows_basic && scheme.eq_ignore_ascii_case("basic") && user(credentials).as_ref() == Some(&shared.api_key);
    require(is_bearer || is_basic, ApiError::new(StatusCode::UNAUTHORIZED, "The API key is missing or wrong."))
}

/// Returns the user name in the credentials of basic authentication.
fn user(credentials: &str) -> Option<String> {
    let credentials = String::from_utf8(BASE64.decode(credentials.trim().as_bytes()).ok()?).ok()?;
    Some(credentials.split(':').next()?.to_owned())
}

/// Parses the query. Declared parameters are converted to their declared types. All others are strings.
fn query(operation: &Operation, text: &str) -> Map<String, Value> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let mut arguments: Map<String, Value> =
        pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    for (name, value) in pairs.iter().filter(|(name, _)| name.contains('[')) {
        // If a name is used in different ways, the first one applies.
        let _ = body::insert(&mut arguments, name, value.clone());
    }
    let declared = operation.rules.query.iter();
    arguments.extend(declared.filter_map(|parameter| Some((parameter.name.clone(), parameter.value(&pairs)?))));
    arguments
}

pub(crate) async fn with_timeout<T>(
    shared: &Shared,
    read: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    let timed_out = |_| ApiError::new(StatusCode::REQUEST_TIMEOUT, "Timed out reading the body.");
    tokio::time::timeout(shared.limits.client_timeout, read).await.map_err(timed_out)?
}

#[cfg(test)]
mod quota_tests;
