//! A call to an operation: its arguments, its result and the envelope.

use std::net::IpAddr;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value, json};

use crate::settings::InvalidSetting;
use crate::state::QuotaExceeded;

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
    fn from(QuotaExceeded(max_bytes): QuotaExceeded) -> Self {
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
    send(status, to_text(&envelope))
}

/// Wraps a result in the envelope. Returns the envelope with its status, which is `success` unless the result is an error.
pub(crate) fn enclose(success: StatusCode, result: ApiResult) -> (StatusCode, Value) {
    match result {
        Ok(Value::Null) => (success, json!({ "ok": true })),
        Ok(result) => (success, json!({ "ok": true, "result": result })),
        Err(error) => (error.status, json!({ "ok": false, "error_message": error.message })),
    }
}

/// Returns an envelope as text. If the envelope is null, the text is empty.
pub(crate) fn to_text(envelope: &Value) -> String {
    if envelope.is_null() { String::new() } else { envelope.to_string() }
}

/// Builds a response from an envelope as text.
pub(crate) fn send(status: StatusCode, envelope: impl Into<Bytes>) -> Response {
    let envelope = envelope.into();
    if envelope.is_empty() {
        return status.into_response();
    }
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    (status, [(header::CONTENT_TYPE, json)], envelope).into_response()
}

/// The members of an object. Members that are null count as missing. For [`text`](Self::text), empty strings do too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// Returns a member as a string. Numbers and booleans are converted to strings. Returns `None` if the member is missing.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        text(self.value(name)?).filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_i64() != Some(0)),
            Value::String(text) => Some(text == "true" || text == "1"),
            _ => None,
        }
    }

    /// Returns a member as an integer, given as a number such as `5` or `5.0`, or as a string. Returns `None` if the member is
    /// missing.
    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, ApiError> {
        let whole = |float: &f64| float.fract() == 0.0;
        self.parse(name, |value| match value {
            Value::String(text) => text.trim().parse().ok(),
            _ => value.as_i64().or_else(|| value.as_f64().filter(whole)?.to_i64()),
        })
    }

    /// Returns a member as an amount, given as a number or a string. Returns `None` if the member is missing.
    pub(crate) fn decimal(self, name: &str) -> Result<Option<Decimal>, ApiError> {
        self.parse(name, |value| match value {
            Value::Number(number) => decimal(&number.to_string()),
            Value::String(text) => decimal(text),
            _ => None,
        })
    }

    fn parse<T>(self, name: &str, parse: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, ApiError> {
        let invalid = || ApiError::bad_request(format!("`{name}` is invalid"));
        self.value(name).map(|value| parse(value).ok_or_else(invalid)).transpose()
    }

    /// Returns a member as a list of strings, given as an array or as a comma-separated string. Returns `None` if the member
    /// is missing.
    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let list = match self.value(name)? {
            Value::Array(items) => items.iter().filter_map(text).collect(),
            Value::String(list) => list.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>(),
            _ => return None,
        };
        Some(list.into_iter().filter(|item| !item.is_empty()).collect())
    }

    pub(crate) fn object(self, name: &str) -> Fields<'a> {
        Fields(self.value(name).and_then(Value::as_object))
    }
}

/// Parses a decimal number, with or without an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_numbers_out_of_range() {
        let whole = |number: i64| Some(Some(number));
        let exact = |number: &str| number.parse::<Decimal>().ok().map(Some);
        for (value, integer, decimal) in [
            (json!(5), whole(5), exact("5")),
            (json!(-5.0), whole(-5), exact("-5")),
            (json!(5.5), None, exact("5.5")),
            (json!(1e30), None, None),
            (json!(u64::MAX), None, exact("18446744073709551615")),
            (json!(1e300), None, None),
            (json!("5"), whole(5), exact("5")),
            (json!("5.5"), None, exact("5.5")),
            (json!("many"), None, None),
            (json!([]), None, None),
            (Value::Null, Some(None), Some(None)),
        ] {
            let object = [("n".to_owned(), value.clone())].into_iter().collect();
            let fields = Fields(Some(&object));
            assert_eq!((fields.integer("n").ok(), fields.decimal("n").ok()), (integer, decimal), "{value}");
        }
        let object = [("n".to_owned(), json!(1e300))].into_iter().collect();
        assert_eq!(Fields(Some(&object)).decimal("n"), Err(ApiError::bad_request("`n` is invalid")));
    }
}
