//! Handles an API request: checks the key, reads the arguments, finds the site, applies the rate limit, validates the
//! request, performs the operation and wraps the result in the envelope.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{RequestExt as _, body};
use hyper::body::Body as _;
use serde_json::{Map, Value};

use crate::behavior::Behavior;
use crate::call::{ApiError, ApiResult, Call, Upload, enclose, require, send};
use crate::description::Operation;
use crate::shared::Shared;
use crate::state::Site;

const MAX_BODY_BYTES: usize = 2 * 1024 * 1024;
const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

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
    let (call, (status, envelope)) = match read(&shared, operation, request).await {
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
        if shared.faults().admit(&slug, shared.clock.now()) {
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

async fn read(shared: &Shared, operation: &Operation, mut request: Request) -> Result<Call, ApiError> {
    authorize(shared, request.headers())?;
    let path = request.extract_parts::<RawPathParams>().await;
    let path = path.map_err(|_| ApiError::bad_request("The path is not valid UTF-8."))?;
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let client_ip = request.extensions().get::<ClientIp>().map_or(Ipv4Addr::LOCALHOST.into(), |client| client.0);
    let mut arguments = query(operation, request.uri().query().unwrap_or_default());
    let (mut upload, mut size) = (None, 0);
    let is_large = request.body().size_hint().upper().is_none_or(|bytes| bytes > MAX_SMALL_BODY_BYTES);
    with_timeout(shared, async {
        let _permit = if is_large { shared.large_bodies.acquire().await.ok() } else { None };
        if operation.rules.takes_file {
            let file = file(request).await?;
            size = file.content.len();
            upload = Some(file);
            return Ok(());
        }
        let bytes = body::to_bytes(request.into_body(), MAX_BODY_BYTES).await;
        let bytes = bytes.map_err(|_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."))?;
        size = bytes.len();
        arguments.extend(json_object(&bytes)?);
        Ok(())
    })
    .await?;
    Ok(Call { path, arguments, upload, size, client_ip })
}

pub(crate) fn authorize(shared: &Shared, headers: &HeaderMap) -> Result<(), ApiError> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, key) = value.split_once(' ').unwrap_or_default();
    let is_valid = scheme.eq_ignore_ascii_case("bearer") && key.trim() == shared.api_key;
    require(is_valid, ApiError::new(StatusCode::UNAUTHORIZED, "The API key is missing or wrong."))
}

/// Parses the query. Declared parameters are converted to their declared types. All others are strings.
fn query(operation: &Operation, text: &str) -> Map<String, Value> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes()).into_owned().collect();
    let mut arguments: Map<String, Value> =
        pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
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

/// Parses a JSON body. Every operation accepts one, since some clients send all arguments in the body.
fn json_object(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes).map(without_nulls) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(ApiError::bad_request("The body must be a JSON object.")),
        Err(error) => Err(ApiError::bad_request(format!("The body is not valid JSON: {error}"))),
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().filter(|item| !item.is_null()).map(without_nulls).collect(),
        other => other,
    }
}

/// Reads the `file` field of a multipart form.
async fn file(mut request: Request) -> Result<Upload, ApiError> {
    DefaultBodyLimit::max(MAX_FILE_BYTES).apply(&mut request);
    let invalid = |error: MultipartError| ApiError::new(error.status(), error.body_text());
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| ApiError::new(error.status(), error.body_text()))?;
    while let Some(part) = form.next_field().await.map_err(invalid)? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let content = part.bytes().await.map_err(invalid)?;
        return Ok(Upload { name, content_type, content });
    }
    Err(ApiError::bad_request("`file` is required"))
}
