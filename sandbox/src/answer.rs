//! What an operation answers: a result in the envelope, or a refusal in words.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::invalid::Invalid;

/// The result of an operation, null if the envelope holds none.
pub(crate) type Outcome = Result<Value, Refusal>;

/// A status and the sentence that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    /// An argument is wrong, or what it names does not exist.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A record refused its values.
    pub(crate) fn invalid(message: impl AsRef<str>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, format!("Validation failed: {}", message.as_ref()))
    }

    pub(crate) fn no_site() -> Self {
        Self::bad_request("No site found by `site_slug`.")
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "The API key is missing or wrong.")
    }

    /// The description has an operation that nobody has written yet.
    pub(crate) fn not_implemented(operation: &str) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, format!("The sandbox does not do {operation} yet."))
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "There is nothing at this address.")
    }
}

impl From<Invalid> for Refusal {
    fn from(invalid: Invalid) -> Self {
        Self::bad_request(invalid.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        respond(self.status, Err(self))
    }
}

/// The answer to a request, of this status if it succeeds.
pub(crate) fn respond(success: StatusCode, outcome: Outcome) -> Response {
    let (status, envelope) = enclose(success, outcome);
    send(status, &envelope)
}

/// The status of an answer and its envelope.
pub(crate) fn enclose(success: StatusCode, outcome: Outcome) -> (StatusCode, Value) {
    match outcome {
        Ok(Value::Null) => (success, json!({ "ok": true })),
        Ok(result) => (success, json!({ "ok": true, "result": result })),
        Err(refusal) => (refusal.status, json!({ "ok": false, "error_message": refusal.message })),
    }
}

/// Sends an envelope; null stands for no body at all.
pub(crate) fn send(status: StatusCode, envelope: &Value) -> Response {
    if envelope.is_null() {
        return status.into_response();
    }
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], envelope.to_string()).into_response()
}
