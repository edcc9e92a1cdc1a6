//! A call to an operation: its arguments, its result and the envelope.

use std::net::IpAddr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::settings::InvalidSetting;
use crate::state::QuotaExceeded;

mod fields;

pub(crate) use fields::Fields;

#[derive(Debug)]
pub(crate) struct Call {
    /// The path parameters, decoded.
    pub(crate) path: Vec<(String, String)>,
    /// The arguments in the query and the body, merged because the API treats them alike.
    pub(crate) arguments: Map<String, Value>,
    pub(crate) upload: Option<Upload>,
    pub(crate) size: usize,
    /// The client's IP address. It is used if the `ip_address` field is `current`.
    pub(crate) client_ip: IpAddr,
}

#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Bytes,
}

impl Call {
    /// Returns a path parameter, or an empty string if the path has no such parameter.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields(Some(&self.arguments))
    }

    pub(crate) fn data(&self) -> Fields<'_> {
        Fields(self.arguments.get("data").and_then(Value::as_object))
    }
}

/// The `result` of a successful call, or the error. A null result is omitted from the envelope.
pub(crate) type ApiResult = Result<Value, ApiError>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    /// The `error_message` of the envelope.
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Creates the error for a record with invalid values.
    pub(crate) fn invalid(message: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("Validation failed: {}", message.as_ref()))
    }

    pub(crate) fn no_site() -> Self {
        Self::bad_request("No site found by `site_slug`.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
    }
}

/// Returns the error unless the condition is met.
pub(crate) fn require(condition: bool, error: ApiError) -> Result<(), ApiError> {
    if condition { Ok(()) } else { Err(error) }
}

impl From<InvalidSetting> for ApiError {
    fn from(invalid: InvalidSetting) -> Self {
        Self::bad_request(invalid.to_string())
    }
}

impl From<QuotaExceeded> for ApiError {
    fn from(QuotaExceeded { max_bytes }: QuotaExceeded) -> Self {
        let message =
            format!("The sandbox is full: each site can hold at most {max_bytes} bytes. Restart the sandbox.");
        Self::new(StatusCode::INSUFFICIENT_STORAGE, message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        respond(Err(self))
    }
}

/// Builds a response. The status is 200 for a result, or the error's status for an error.
pub(crate) fn respond(result: ApiResult) -> Response {
    let (status, envelope) = enclose(StatusCode::OK, result);
    send(status, &envelope)
}

/// Wraps a result in the envelope. The `success` status applies if the result is not an error.
pub(crate) fn enclose(success: StatusCode, result: ApiResult) -> (StatusCode, Value) {
    match result {
        Ok(Value::Null) => (success, json!({ "ok": true })),
        Ok(result) => (success, json!({ "ok": true, "result": result })),
        Err(error) => (error.status, json!({ "ok": false, "error_message": error.message })),
    }
}

/// Builds a response from an envelope. If the envelope is null, the body is empty.
pub(crate) fn send(status: StatusCode, envelope: &Value) -> Response {
    if envelope.is_null() {
        return status.into_response();
    }
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], envelope.to_string()).into_response()
}
