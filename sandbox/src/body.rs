//! Reads the body of an API request: JSON or a form, with an uploaded file or without.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use http_body_util::LengthLimitError;
use serde_json::{Map, Value};

use crate::call::{ApiError, Upload, require};

mod disposition;
mod form;
mod json;
mod multipart;

pub(crate) use form::insert;

const MAX_BYTES: usize = 2 * 1024 * 1024;
const MAX_FILE_BYTES: usize = 10 * 1024 * 1024;

/// The maximum number of values in a body, including objects and arrays. A small object uses several hundred bytes of memory.
const MAX_VALUES: usize = 50_000;

/// The arguments in a body, the uploaded file if there is one, and the size of the body in bytes.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) arguments: Map<String, Value>,
    pub(crate) upload: Option<Upload>,
    pub(crate) size: usize,
}

/// Reads a body. Every operation accepts one, since some clients send all arguments in the body. A form is recognized by its
/// content type; other bodies are JSON. With `takes_file`, forms can be larger. Sets `sent` to the body, even if it is invalid,
/// unless it is a multipart form.
pub(crate) async fn read(request: Request, takes_file: bool, sent: &mut Bytes) -> Result<Content, ApiError> {
    let (head, body) = request.into_parts();
    let essence = content_type(&head.headers).split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    reject_encodings(&head.headers)?;
    let is_multipart = essence == "multipart/form-data";
    let bytes = collect(body, if is_multipart && takes_file { MAX_FILE_BYTES } else { MAX_BYTES }).await?;
    let size = bytes.len();
    let is_json = bytes.trim_ascii_start().first().is_some_and(|byte| matches!(byte, b'{' | b'['));
    if !is_multipart {
        *sent = bytes.clone();
    }
    let mut content = match essence.as_str() {
        "multipart/form-data" if size > 0 => multipart::read(Request::from_parts(head, Body::from(bytes))).await?,
        // curl sends this content type by default, even if the body is JSON.
        "application/x-www-form-urlencoded" if !is_json => {
            Content { arguments: form::parse(&bytes)?, ..Content::default() }
        }
        _ => Content { arguments: json::parse(&bytes)?, ..Content::default() },
    };
    content.size = size;
    Ok(content)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn reject_encodings(headers: &HeaderMap) -> Result<(), ApiError> {
    let encoding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("identity");
    let message = format!("The body has the content encoding `{encoding}`. Send it without compression.");
    let is_plain = encoding.trim().eq_ignore_ascii_case("identity");
    require(is_plain, ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    to_bytes(body, limit).await.map_err(|error| {
        if error.into_inner().is::<LengthLimitError>() {
            let message = format!("The body is too large (maximum is {limit} bytes).");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
        } else {
            ApiError::bad_request("The body is incomplete.")
        }
    })
}

fn too_many_values() -> ApiError {
    let message = format!("The body has too many values (maximum is {MAX_VALUES}).");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message)
}
