//! Decodes the responses and requests of each operation, and the payload of each webhook.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use talkable_api::__private as decode;
use talkable_api::webhook::{FromPayload as _, Payload, Rejection};

use super::table::{EVENTS, OPERATIONS};

type RoundTrip = fn(&[u8]) -> Result<Value, Failure>;

/// An operation or a webhook, with its body types.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    operation: &'static str,
    response: RoundTrip,
    request: Option<RoundTrip>,
    site: bool,
}

/// A decoding failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A JSON pointer into the body.
    pub pointer: String,
    /// The reason for the failure.
    pub reason: String,
}

/// Returns all API operations, in the order of the description.
pub fn operations() -> &'static [Entry] {
    OPERATIONS
}

/// Returns all webhooks, in the order of the webhooks description.
pub fn events() -> &'static [Entry] {
    EVENTS
}

/// Finds an operation by its `operationId`.
pub fn operation(name: &str) -> Option<&'static Entry> {
    operations().iter().find(|entry| entry.operation == name)
}

/// Finds a webhook by its `operationId`.
pub fn event(name: &str) -> Option<&'static Entry> {
    events().iter().find(|entry| entry.operation == name)
}

impl Entry {
    /// Creates the entry for an operation with a required result.
    pub const fn enveloped<T: DeserializeOwned + Serialize>(operation: &'static str) -> Self {
        Self { operation, response: read_enveloped::<T>, request: None, site: false }
    }

    /// Creates the entry for an operation whose result can be missing, null or an empty string.
    pub const fn enveloped_or_default<T: DeserializeOwned + Serialize + Default>(operation: &'static str) -> Self {
        Self { operation, response: read_enveloped_or_default::<T>, request: None, site: false }
    }

    /// Creates the entry for an operation whose response has no envelope.
    pub const fn whole_body<T: DeserializeOwned + Serialize>(operation: &'static str) -> Self {
        Self { operation, response: read_whole_body::<T>, request: None, site: false }
    }

    /// Creates the entry for a webhook.
    pub const fn event<P: Payload + Serialize>() -> Self {
        Self { operation: P::OPERATION, response: read_payload::<P>, request: None, site: false }
    }

    /// Sets the request body to `{"site_slug":…,"data":…}`.
    #[must_use]
    pub const fn data<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_data::<T>);
        self
    }

    /// Sets the request body to `{"site_slug":…,"data":…}`, where `data` is optional.
    #[must_use]
    pub const fn optional_data<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_optional_data::<T>);
        self
    }

    /// Sets the request body to an object with `site_slug` and the fields of `T`.
    #[must_use]
    pub const fn body<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_body::<T>);
        self
    }

    /// Sets the request body to an object with only the `site_slug` field.
    #[must_use]
    pub const fn site_only(mut self) -> Self {
        self.request = Some(read_site);
        self.site()
    }

    /// Makes `site_slug` required in the request body.
    #[must_use]
    pub const fn site(mut self) -> Self {
        self.site = true;
        self
    }

    /// Returns the `operationId`.
    pub const fn name(&self) -> &'static str {
        self.operation
    }

    /// Decodes a response body and encodes it again, including its envelope.
    ///
    /// # Errors
    ///
    /// Fails if the body does not decode.
    pub fn response(&self, body: &[u8]) -> Result<Value, Failure> {
        (self.response)(body)
    }

    /// Decodes a JSON request body and encodes it again. Returns `None` if requests of the operation have no JSON body.
    ///
    /// # Errors
    ///
    /// Fails if the body does not decode or lacks a required `site_slug`.
    pub fn request(&self, body: &[u8]) -> Option<Result<Value, Failure>> {
        let read = self.request?;
        let named = if self.site { json::<NamesSite>(body).map(drop) } else { Ok(()) };
        Some(named.and_then(|()| read(body)))
    }
}

fn read_enveloped<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    envelope(body, decode::enveloped::<T>(body)?)
}

fn read_enveloped_or_default<T: DeserializeOwned + Serialize + Default>(body: &[u8]) -> Result<Value, Failure> {
    envelope(body, decode::enveloped_or_default::<T>(body)?)
}

fn read_whole_body<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    decode::whole_body::<T>(body)?.map_or_else(|| Ok(error_envelope(body)), |value| encode("", &value))
}

/// Decodes a payload. A recorded payload without a kind is assumed to be of the expected kind.
fn read_payload<P: Payload + Serialize>(recorded: &[u8]) -> Result<Value, Failure> {
    let failure = |rejection: Rejection| {
        let pointer = rejection.pointer().unwrap_or_default();
        let pointer = pointer.strip_prefix("/payload").unwrap_or(pointer).to_owned();
        Failure { pointer, reason: rejection.reason().to_owned() }
    };
    let (kind, payload) = recorded_payload(recorded)?;
    encode("", &P::from_payload(kind.as_deref(), &payload).map_err(failure)?)
}

/// Returns the kind and the payload of a recorded webhook, which is a form, a JSON delivery with `type` and `payload`, or only
/// a payload.
///
/// # Errors
///
/// Fails if the recorded webhook has another format.
pub fn recorded_payload(recorded: &[u8]) -> Result<(Option<String>, String), Failure> {
    let failed = |reason: String| Failure { pointer: String::new(), reason };
    let text = std::str::from_utf8(recorded).map_err(|error| failed(error.to_string()))?.trim();
    let is_form = !text.starts_with('{');
    let is_delivery = |object: Map<String, Value>| object.contains_key("type") && object.contains_key("payload");
    if !is_form && !serde_json::from_str(text).is_ok_and(is_delivery) {
        return Ok((None, text.to_owned()));
    }
    decode::unverified_webhook(text.as_bytes(), is_form).map_err(failed)
}

fn envelope(body: &[u8], result: Option<impl Serialize>) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    struct Envelope {
        #[serde(default, deserialize_with = "present")]
        result: Option<Value>,
    }

    let Some(value) = result else { return Ok(error_envelope(body)) };
    let mut fields = Map::from_iter([("ok".to_owned(), Value::Bool(true))]);
    // A null or empty result decodes to a default value, which can have fields. The original result is kept instead of that
    // value.
    let is_empty = |value: &Value| value.is_null() || value.as_str() == Some("");
    match serde_json::from_slice(body).ok().and_then(|Envelope { result }| result) {
        None => {}
        Some(empty) if is_empty(&empty) => drop(fields.insert("result".to_owned(), empty)),
        Some(_) => drop(fields.insert("result".to_owned(), encode("/result", &value)?)),
    }
    Ok(Value::Object(fields))
}

/// Deserializes null as `Some`, to distinguish it from a missing field.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// Returns the envelope of an error response, with its message unchanged.
fn error_envelope(body: &[u8]) -> Value {
    #[derive(Deserialize)]
    struct ErrorEnvelope {
        error_message: Option<String>,
    }

    let message = serde_json::from_slice(body).ok().and_then(|ErrorEnvelope { error_message }| error_message);
    let message = message.map_or(Value::Null, Value::String);
    Value::Object(Map::from_iter([("ok".to_owned(), Value::Bool(false)), ("error_message".to_owned(), message)]))
}

#[derive(Deserialize, Serialize)]
struct WithData<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site_slug: Option<String>,
    data: T,
}

#[derive(Deserialize, Serialize)]
struct WithOptionalData<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site_slug: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<T>,
}

#[derive(Deserialize)]
struct NamesSite {
    #[serde(rename = "site_slug")]
    _site_slug: String,
}

#[derive(Deserialize, Serialize)]
struct SiteOnly {
    #[serde(skip_serializing_if = "Option::is_none")]
    site_slug: Option<String>,
}

fn read_data<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    encode("", &json::<WithData<T>>(body)?)
}

fn read_optional_data<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    encode("", &json::<WithOptionalData<T>>(body)?)
}

fn read_body<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    let value = encode("", &json::<T>(body)?)?;
    match (read_site(body)?, value) {
        (Value::Object(mut fields), Value::Object(rest)) => {
            fields.extend(rest);
            Ok(Value::Object(fields))
        }
        (_, value) => Ok(value),
    }
}

fn read_site(body: &[u8]) -> Result<Value, Failure> {
    encode("", &json::<SiteOnly>(body)?)
}

fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    Ok(decode::json(body)?)
}

fn encode(pointer: &str, value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value)
        .map_err(|error| Failure { pointer: pointer.to_owned(), reason: format!("can't be encoded: {error}") })
}

impl From<decode::PointerAndReason> for Failure {
    fn from((pointer, reason): decode::PointerAndReason) -> Self {
        Self { pointer, reason }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Default, Deserialize, Serialize)]
    struct Thing {
        #[serde(deserialize_with = "decode::integer")]
        count: i64,
    }

    /// Checks that a body round-trips as expected, or that decoding fails at the expected pointer.
    fn check(read: impl Fn(&[u8]) -> Result<Value, Failure>, body: &str, expected: Result<Value, &str>) {
        let found = read(body.as_bytes()).map_err(|failure| failure.pointer);
        assert_eq!(found, expected.map_err(str::to_owned), "{body}");
    }

    #[test]
    fn responses_keep_their_envelope() {
        let entry = Entry::enveloped::<Thing>("thing");
        let read = |body: &[u8]| entry.response(body);
        let full = json!({"ok": true, "result": {"count": 7}});
        check(read, r#"{"result":{"count":"7","new":1},"ok":true,"other":1}"#, Ok(full));
        check(read, r#"{"ok":true}"#, Err("/result"));
        check(read, r#"{"ok":true,"result":{"count":[]}}"#, Err("/result/count"));
        check(read, r#"{"ok":false,"error_message":"No\n"}"#, Ok(json!({"ok": false, "error_message": "No\n"})));
        check(read, r#"{"ok":false}"#, Ok(json!({"ok": false, "error_message": null})));
    }

    #[test]
    fn empty_results_stay_unchanged() {
        let entry = Entry::enveloped_or_default::<Thing>("thing");
        let read = |body: &[u8]| entry.response(body);
        for body in [json!({"ok": true}), json!({"ok": true, "result": null}), json!({"ok": true, "result": ""})] {
            check(read, &body.to_string(), Ok(body));
        }
        check(read, r#"{"ok":true,"result":{"count":1.0}}"#, Ok(json!({"ok": true, "result": {"count": 1}})));
        check(read, r#"{"ok":true,"result":"x"}"#, Err("/result"));
    }

    #[test]
    fn whole_bodies_have_no_envelope() {
        let entry = Entry::whole_body::<Thing>("thing");
        check(|body| entry.response(body), r#"{"count":7}"#, Ok(json!({"count": 7})));
        check(|body| entry.response(body), "[]", Err(""));
    }

    #[test]
    fn requests_keep_their_site() {
        let check_request = |entry: Entry, body: &str, expected| {
            check(|body| entry.request(body).expect("the request has a body"), body, expected);
        };
        let entry = Entry::enveloped::<Thing>("thing");
        assert_eq!(entry.request(b"{}"), None);
        let full = json!({"site_slug": "s", "data": {"count": 7}});
        check_request(entry.data::<Thing>(), &full.to_string(), Ok(full.clone()));
        check_request(entry.data::<Thing>(), r#"{"site_slug":"s"}"#, Err(""));
        check_request(entry.data::<Thing>(), r#"{"site_slug":"s","data":{"count":null}}"#, Err("/data/count"));
        check_request(entry.optional_data::<Thing>(), &full.to_string(), Ok(full));
        check_request(entry.optional_data::<Thing>(), r#"{"site_slug":"s"}"#, Ok(json!({"site_slug": "s"})));
        let flat = json!({"site_slug": "s", "count": 7});
        check_request(entry.body::<Thing>(), &flat.to_string(), Ok(flat));
        check_request(entry.site_only(), r#"{"site_slug":"s","new":1}"#, Ok(json!({"site_slug": "s"})));
        check_request(entry.data::<Thing>(), r#"{"data":{"count":7}}"#, Ok(json!({"data": {"count": 7}})));
        for entry in [entry.data::<Thing>().site(), entry.body::<Thing>().site(), entry.site_only()] {
            check_request(entry, r#"{"count":7,"data":{"count":7}}"#, Err(""));
        }
    }

    #[test]
    fn the_table_has_no_duplicates() {
        for entry in operations() {
            assert_eq!(operations().iter().filter(|other| other.name() == entry.name()).count(), 1, "{}", entry.name());
            assert!(operation(entry.name()).is_some());
        }
    }
}
