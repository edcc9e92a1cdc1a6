//! From a request to an answer: the key, the arguments, the site, the description's rules, and then the operation itself.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::{RequestExt as _, body};
use bytes::Bytes;
use hyper::body::Body as _;
use serde_json::{Map, Value};

use crate::answer::{Outcome, Refusal, enclose, send};
use crate::behavior::Behavior;
use crate::call::{Call, Upload};
use crate::description::Operation;
use crate::sandbox::Shared;
use crate::state::{Site, stores};

/// Bodies of so many bytes may come on all connections at once. Of larger ones only a few are read at the same time.
const SMALL: u64 = 64 * 1024;

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(pub(crate) IpAddr);

pub(crate) async fn handle(
    shared: Arc<Shared>,
    operation: &'static Operation,
    behavior: Behavior,
    request: Request,
) -> Response {
    let (call, (status, envelope)) = match read(&shared, operation, request).await {
        Ok(call) => {
            let answer = perform(&shared, operation, behavior, &call);
            (Some(call), answer)
        }
        Err(refusal) => (None, enclose(operation.status, Err(refusal))),
    };
    shared.record.add(operation, call, status.as_u16(), &envelope);
    send(status, &envelope)
}

fn perform(shared: &Shared, operation: &Operation, behavior: Behavior, call: &Call) -> (StatusCode, Value) {
    let slug = call.fields().text("site_slug").unwrap_or_default();
    let answer = shared.on_site(&slug, |site| {
        if shared.troubles.admits(&slug, shared.clock.now()) {
            enclose(operation.status, act(site, operation, behavior, call))
        } else {
            // Neither words nor a time to wait: that is all that Talkable says.
            (StatusCode::TOO_MANY_REQUESTS, Value::Null)
        }
    });
    answer.unwrap_or_else(|| enclose(operation.status, Err(Refusal::no_site())))
}

fn act(site: &mut Site, operation: &Operation, behavior: Behavior, call: &Call) -> Outcome {
    operation.rules.judge(&call.arguments)?;
    if !stores(&operation.method) {
        return behavior(site, call);
    }
    site.has_room_for(0, call.size)?;
    site.storing(call.size, |site| behavior(site, call))
}

async fn read(shared: &Shared, operation: &Operation, mut request: Request) -> Result<Call, Refusal> {
    authorize(shared, request.headers())?;
    let path = request.extract_parts::<RawPathParams>().await;
    let path = path.map_err(|_| Refusal::bad_request("The path holds bytes that are no text."))?;
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let caller = request.extensions().get::<Caller>().map_or(IpAddr::from([127, 0, 0, 1]), |caller| caller.0);
    let mut arguments = query(operation, request.uri().query().unwrap_or_default());
    let (mut upload, mut size) = (None, 0);
    let is_large = request.body().size_hint().upper().is_none_or(|bytes| bytes > SMALL);
    in_time(shared, async {
        // All connections together could hold much more than the machine has.
        let _place = if is_large { shared.large_bodies.acquire().await.ok() } else { None };
        if operation.rules.takes_file {
            let sent = file(shared, request).await?;
            size = sent.content.len();
            upload = Some(sent);
            return Ok(());
        }
        let bytes = whole(request, shared.limits.body).await?;
        size = bytes.len();
        arguments.extend(json_object(&bytes)?);
        Ok(())
    })
    .await?;
    Ok(Call { path, arguments, upload, size, caller })
}

/// Compares the key that a request brings.
pub(crate) fn authorize(shared: &Shared, headers: &HeaderMap) -> Result<(), Refusal> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, key) = value.split_once(' ').unwrap_or_default();
    let is_right = scheme.eq_ignore_ascii_case("bearer") && key.trim() == shared.api_key;
    is_right.then_some(()).ok_or_else(Refusal::unauthorized)
}

/// What stands in the query: declared arguments as what they are declared to be, all others as texts.
fn query(operation: &Operation, text: &str) -> Map<String, Value> {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let declared = &operation.rules.query;
    let mut arguments: Map<String, Value> =
        pairs.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    arguments.extend(declared.iter().filter_map(|parameter| Some((parameter.name.clone(), parameter.value(&pairs)?))));
    arguments
}

/// Reads a body, which may take no longer than the sandbox has patience.
pub(crate) async fn in_time<T>(
    shared: &Shared,
    reading: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    let late = |_| Refusal::new(StatusCode::REQUEST_TIMEOUT, "The body took too long.");
    tokio::time::timeout(shared.limits.patience, reading).await.map_err(late)?
}

/// The bytes of a body that has no more than these.
pub(crate) async fn whole(request: Request, most_bytes: usize) -> Result<Bytes, Refusal> {
    let bytes = body::to_bytes(request.into_body(), most_bytes).await;
    bytes.map_err(|_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."))
}

/// The object of the body. An operation that asks for none may get one all the same: some clients send their arguments so.
fn json_object(bytes: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(bytes) {
        Ok(Value::Object(object)) => Ok(members(object)),
        Ok(_) => Err(Refusal::bad_request("The body must be a JSON object.")),
        Err(error) => Err(Refusal::bad_request(format!("The body is not JSON: {error}"))),
    }
}

/// What is null was not given.
fn members(object: Map<String, Value>) -> Map<String, Value> {
    let given = object.into_iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name, without_nulls(value))).collect()
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(members(object)),
        Value::Array(items) => items.into_iter().filter(|item| !item.is_null()).map(without_nulls).collect(),
        other => other,
    }
}

/// The part `file` of a form.
async fn file(shared: &Shared, mut request: Request) -> Result<Upload, Refusal> {
    DefaultBodyLimit::max(shared.limits.upload).apply(&mut request);
    let refused = |error: MultipartError| Refusal::new(error.status(), error.body_text());
    let form = Multipart::from_request(request, &()).await;
    let mut form = form.map_err(|error| Refusal::new(error.status(), error.body_text()))?;
    while let Some(part) = form.next_field().await.map_err(refused)? {
        if part.name() != Some("file") {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let content = part.bytes().await.map_err(refused)?;
        return Ok(Upload { name, content_type, content });
    }
    Err(Refusal::bad_request("`file` is required"))
}
