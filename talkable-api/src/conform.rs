//! Recorded traffic held against the bindings: bytes become a typed value, and that becomes JSON again.
//!
//! What is the same and what isn't is judged elsewhere. Here is only the table of operations and how to decode each.
//!
//! ```
//! # #[cfg(feature = "conform")] {
//! use talkable_api::conform::Entry;
//!
//! static ENTRY: Entry = Entry::enveloped::<Vec<i64>>("listNumbers");
//! let value = ENTRY.response(br#"{"ok":true,"result":[1,2]}"#).unwrap();
//! assert_eq!(value.to_string(), r#"{"ok":true,"result":[1,2]}"#);
//! assert_eq!(ENTRY.response(br#"{"ok":true,"result":[1,{}]}"#).unwrap_err().pointer, "/result/1");
//! # }
//! ```

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::decode::envelope::{self, DecodeFailure};
use crate::decode::location::Mismatch;
use crate::webhook::body::UnverifiedBody;
use crate::webhook::{FromPayload as _, Payload, Rejection};

type Read = fn(&[u8]) -> Result<Value, Failure>;

/// One operation: how its response and its request decode.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    operation: &'static str,
    response: Read,
    request: Option<Read>,
    site: bool,
}

/// Why something doesn't decode.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

/// The operations of the API, in the order of its description.
pub fn operations() -> &'static [Entry] {
    crate::generated::conform::OPERATIONS
}

/// The webhooks, in the order of their description.
pub fn events() -> &'static [Entry] {
    crate::generated::webhooks::EVENTS
}

/// The webhook of that operationId.
pub fn event(name: &str) -> Option<&'static Entry> {
    events().iter().find(|entry| entry.operation == name)
}

/// The operation of that name.
pub fn operation(name: &str) -> Option<&'static Entry> {
    operations().iter().find(|entry| entry.operation == name)
}

impl Entry {
    /// An operation whose result must be there.
    pub const fn enveloped<T: DeserializeOwned + Serialize>(operation: &'static str) -> Self {
        Self { operation, response: read_enveloped::<T>, request: None, site: false }
    }

    /// An operation whose result may be missing, null or an empty text.
    pub const fn enveloped_or_default<T: DeserializeOwned + Serialize + Default>(operation: &'static str) -> Self {
        Self { operation, response: read_enveloped_or_default::<T>, request: None, site: false }
    }

    /// An operation that answers without an envelope.
    pub const fn whole_body<T: DeserializeOwned + Serialize>(operation: &'static str) -> Self {
        Self { operation, response: read_whole_body::<T>, request: None, site: false }
    }

    /// A webhook.
    pub const fn event<P: Payload + Serialize>() -> Self {
        Self { operation: P::OPERATION, response: read_payload::<P>, request: None, site: false }
    }

    /// Its request is `{"site_slug":…,"data":…}`.
    #[must_use]
    pub const fn data<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_data::<T>);
        self
    }

    /// Its request is the same, where `data` may be missing.
    #[must_use]
    pub const fn optional_data<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_optional_data::<T>);
        self
    }

    /// Its request is an object with the site in it.
    #[must_use]
    pub const fn body<T: DeserializeOwned + Serialize>(mut self) -> Self {
        self.request = Some(read_body::<T>);
        self
    }

    /// Its request holds nothing but the site.
    #[must_use]
    pub const fn site_only(mut self) -> Self {
        self.request = Some(read_site);
        self.site()
    }

    /// Its request has to name the site.
    #[must_use]
    pub const fn site(mut self) -> Self {
        self.site = true;
        self
    }

    /// The name of the operation.
    pub const fn name(&self) -> &'static str {
        self.operation
    }

    /// Decodes the body of a response and encodes it again, envelope included.
    ///
    /// # Errors
    ///
    /// If it doesn't decode.
    pub fn response(&self, body: &[u8]) -> Result<Value, Failure> {
        (self.response)(body)
    }

    /// Decodes the JSON body of a request and encodes it again; none if the operation has no such body.
    ///
    /// # Errors
    ///
    /// If it doesn't decode, or doesn't name the site where it has to.
    pub fn request(&self, body: &[u8]) -> Option<Result<Value, Failure>> {
        let read = self.request?;
        let named = if self.site { decode::<NamesSite>(body).map(drop) } else { Ok(()) };
        Some(named.and_then(|()| read(body)))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.reason)
    }
}

impl std::error::Error for Failure {}

impl From<Mismatch> for Failure {
    fn from(Mismatch { pointer, reason }: Mismatch) -> Self {
        Self { pointer, reason }
    }
}

fn read_enveloped<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    envelope(body, envelope::enveloped::<T>(body).map(|result| serde_json::to_value(result)))
}

fn read_enveloped_or_default<T: DeserializeOwned + Serialize + Default>(body: &[u8]) -> Result<Value, Failure> {
    envelope(body, envelope::enveloped_or_default::<T>(body).map(|result| serde_json::to_value(result)))
}

fn read_whole_body<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    match envelope::whole_body::<T>(body) {
        Ok(value) => encode("", serde_json::to_value(value)),
        Err(DecodeFailure::Refused) => Ok(refusal(body)),
        Err(DecodeFailure::Mismatch(mismatch)) => Err(mismatch.into()),
    }
}

/// A delivery is read by its kind, and a payload alone as the one that is asked for.
fn read_payload<P: Payload + Serialize>(recorded: &[u8]) -> Result<Value, Failure> {
    let unfit = |rejection: &Rejection| Failure {
        pointer: rejection.pointer().unwrap_or_default().to_owned(),
        reason: rejection.reason().to_owned(),
    };
    let (kind, payload) = recorded_payload(recorded)?;
    let value = P::from_payload(kind.as_deref(), &payload).map_err(|rejection| {
        let mut failure = unfit(&rejection);
        failure.pointer = failure.pointer.strip_prefix("/payload").unwrap_or(&failure.pointer).to_owned();
        failure
    })?;
    encode("", serde_json::to_value(value))
}

/// The kind and the payload in what was recorded of a webhook: a form, a JSON delivery with `type` and `payload`, or
/// else the payload's JSON alone.
///
/// # Errors
///
/// If it is none of them.
pub fn recorded_payload(recorded: &[u8]) -> Result<(Option<String>, String), Failure> {
    let failed = |reason: String| Failure { pointer: String::new(), reason };
    let text = std::str::from_utf8(recorded).map_err(|error| failed(error.to_string()))?.trim();
    let sealed = if text.starts_with('{') {
        match serde_json::from_str::<Map<String, Value>>(text) {
            Ok(object) if object.contains_key("type") && object.contains_key("payload") => {
                Ok(UnverifiedBody::from_json(text.as_bytes()))
            }
            _ => return Ok((None, text.to_owned())),
        }
    } else {
        UnverifiedBody::from_form(text.as_bytes())
    };
    let fields = sealed
        .and_then(UnverifiedBody::without_verification)
        .map_err(|rejection| failed(rejection.reason().to_owned()))?;
    Ok((fields.kind.map(Cow::into_owned), fields.payload.into_owned()))
}

fn envelope(body: &[u8], result: Result<serde_json::Result<Value>, DecodeFailure>) -> Result<Value, Failure> {
    #[derive(Deserialize)]
    struct Result_ {
        #[serde(default, deserialize_with = "present")]
        result: Option<Value>,
    }

    let mut fields = Map::from_iter([("ok".to_owned(), Value::Bool(true))]);
    match result {
        Ok(value) => {
            // A result that stood for nothing is left as it was: its default may hold more than nothing.
            let original = serde_json::from_slice(body).ok().and_then(|Result_ { result }| result);
            let is_nothing = |value: &Value| value.is_null() || value.as_str() == Some("");
            match original {
                None => {}
                Some(nothing) if is_nothing(&nothing) => drop(fields.insert("result".to_owned(), nothing)),
                Some(_) => drop(fields.insert("result".to_owned(), encode("/result", value)?)),
            }
            Ok(Value::Object(fields))
        }
        Err(DecodeFailure::Refused) => Ok(refusal(body)),
        Err(DecodeFailure::Mismatch(mismatch)) => Err(mismatch.into()),
    }
}

/// Tells null from absent.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What the bindings know of a refusal. The message is compared as it came, its line break included.
fn refusal(body: &[u8]) -> Value {
    #[derive(Deserialize)]
    struct Refusal {
        error_message: Option<String>,
    }

    let message = serde_json::from_slice(body).ok().and_then(|Refusal { error_message }| error_message);
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
    encode("", serde_json::to_value(decode::<WithData<T>>(body)?))
}

fn read_optional_data<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    encode("", serde_json::to_value(decode::<WithOptionalData<T>>(body)?))
}

fn read_body<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, Failure> {
    let value = encode("", serde_json::to_value(decode::<T>(body)?))?;
    match (read_site(body)?, value) {
        (Value::Object(mut fields), Value::Object(rest)) => {
            fields.extend(rest);
            Ok(Value::Object(fields))
        }
        (_, value) => Ok(value),
    }
}

fn read_site(body: &[u8]) -> Result<Value, Failure> {
    encode("", serde_json::to_value(decode::<SiteOnly>(body)?))
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|error| Mismatch::new(body, &error).into())
}

fn encode(pointer: &str, value: serde_json::Result<Value>) -> Result<Value, Failure> {
    value.map_err(|error| Failure { pointer: pointer.to_owned(), reason: format!("it can't be written: {error}") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Default, Deserialize, Serialize)]
    struct Thing {
        #[serde(deserialize_with = "crate::decode::integer")]
        count: i64,
    }

    /// A body comes back as expected, or fails at that pointer.
    fn check(read: impl Fn(&[u8]) -> Result<Value, Failure>, body: &str, expected: Result<Value, &str>) {
        let found = read(body.as_bytes()).map_err(|failure| failure.pointer);
        assert_eq!(found, expected.map_err(str::to_owned), "{body}");
    }

    #[test]
    fn responses_come_back_with_their_envelope() {
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
    fn results_that_stand_for_nothing_stay_what_they_were() {
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
    fn requests_come_back_with_their_site() {
        let check_request = |entry: Entry, body: &str, expected| {
            check(|body| entry.request(body).expect("there is a body"), body, expected);
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
    fn the_table_has_no_name_twice() {
        for entry in operations() {
            assert_eq!(operations().iter().filter(|other| other.name() == entry.name()).count(), 1, "{}", entry.name());
            assert!(operation(entry.name()).is_some());
        }
    }
}
