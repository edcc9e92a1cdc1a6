//! The response envelope `{"ok":true,"result":…}`.
//!
//! `ok` may come after `result`, so a body is first decoded as a success, together with its result. If that fails, the
//! body is searched for `ok: false`.

use serde::de::{DeserializeOwned, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::decode::location::Mismatch;

/// The reason why a body does not yield a value.
#[derive(Debug, PartialEq)]
pub enum DecodeFailure {
    /// The body has `ok: false`.
    Refused,
    /// The body does not have the expected form.
    Mismatch(Mismatch),
}

/// Decodes an envelope with a required result.
pub(crate) fn enveloped<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeFailure> {
    match parse(body) {
        Ok(Object(Envelope { ok: true, result: Some(Object(result)) })) => Ok(result),
        Ok(Object(Envelope { ok: true, result: None })) => Err(no_result()),
        Ok(Object(Envelope { ok: false, .. })) => Err(DecodeFailure::Refused),
        Err(error) => Err(failure(body, &error)),
    }
}

/// Decodes an envelope with a result that can be missing, null or an empty string. An empty body is also valid.
pub(crate) fn enveloped_or_default<T: DeserializeOwned + Default>(body: &[u8]) -> Result<T, DecodeFailure> {
    match parse(body) {
        Ok(Object(Envelope { ok: true, result })) => Ok(result.map(|Object(result)| result).unwrap_or_default()),
        Ok(Object(Envelope { ok: false, .. })) => Err(DecodeFailure::Refused),
        Err(_) if body.is_empty() || is_blank(body) => Ok(T::default()),
        Err(error) => Err(failure(body, &error)),
    }
}

/// Decodes a body without an envelope.
pub(crate) fn whole_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeFailure> {
    if is_refusal(body) {
        return Err(DecodeFailure::Refused);
    }
    let decoded = parse(body).map(|Object(value)| value);
    decoded.map_err(|error| failure(body, &error))
}

/// Returns the `error_message` of a body, if it is a nonempty string.
pub(crate) fn error_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        error_message: Option<&'a RawValue>,
    }

    let Object(Refusal { error_message }) = serde_json::from_slice(body).ok()?;
    let text: String = serde_json::from_str(error_message?.get()).ok()?;
    Some(text.trim_end().to_owned()).filter(|text| !text.is_empty())
}

/// Parses a body.
///
/// Validating UTF-8 once for the whole body is much faster than validating each string. A body that is not UTF-8 is
/// parsed as bytes to locate the error.
fn parse<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    match str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    ok: bool,
    #[serde(default)]
    result: Option<Object<T>>,
}

pub(super) fn failure(body: &[u8], error: &serde_json::Error) -> DecodeFailure {
    if is_refusal(body) { DecodeFailure::Refused } else { DecodeFailure::Mismatch(Mismatch::new(body, error)) }
}

pub(super) fn no_result() -> DecodeFailure {
    DecodeFailure::Mismatch(Mismatch { pointer: "/result".to_owned(), reason: "missing or null".to_owned() })
}

/// Whether the body is a JSON object with `ok: false`. Its other fields are ignored.
pub(super) fn is_refusal(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Verdict {
        ok: bool,
    }

    serde_json::from_slice(body).is_ok_and(|Object(Verdict { ok })| !ok)
}

/// Whether the body is JSON of any shape.
pub(crate) fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_ok()
}

/// Whether the body is a success with an empty string as its result.
fn is_blank(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Blank<'a> {
        ok: bool,
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }

    let blank = |Object(Blank { ok, result })| ok && result.is_some_and(|result| result.get() == "\"\"");
    serde_json::from_slice(body).is_ok_and(blank)
}

/// A struct that decodes only from a JSON object. By default, serde also accepts an array of the field values.
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(OnlyObjects(deserializer)).map(Object)
    }
}

struct OnlyObjects<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for OnlyObjects<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(visitor)
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, D::Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    struct Found {
        count: i64,
    }

    fn found(body: &str) -> Result<Found, DecodeFailure> {
        enveloped(body.as_bytes())
    }

    fn pointer<T: std::fmt::Debug>(result: Result<T, DecodeFailure>) -> String {
        match result {
            Err(DecodeFailure::Mismatch(mismatch)) => mismatch.pointer,
            other => panic!("expected a mismatch, not {other:?}"),
        }
    }

    #[test]
    fn accepts_keys_in_any_order() {
        for body in [r#"{"ok":true,"result":{"count":7}}"#, r#"{"new":[{}],"result":{"count":7},"ok":true}"#] {
            assert_eq!(found(body), Ok(Found { count: 7 }));
        }
    }

    #[test]
    fn ok_false_is_a_refusal_regardless_of_other_fields() {
        for body in [
            r#"{"ok":false,"error_message":"no"}"#,
            r#"{"ok":false}"#,
            r#"{"result":"","ok":false}"#,
            r#"{"result":{"count":7},"ok":false}"#,
            r#"{"error_message":{"a":1},"result":[],"ok":false}"#,
        ] {
            assert_eq!(found(body), Err(DecodeFailure::Refused), "{body}");
            assert_eq!(enveloped_or_default::<Found>(body.as_bytes()), Err(DecodeFailure::Refused), "{body}");
            assert_eq!(whole_body::<Found>(body.as_bytes()), Err(DecodeFailure::Refused), "{body}");
        }
    }

    #[test]
    fn a_missing_result_fails_only_if_it_is_required() {
        for body in [r#"{"ok":true}"#, r#"{"ok":true,"result":null}"#, r#"{"result":"","ok":true}"#] {
            assert_eq!(pointer(found(body)), "/result", "{body}");
            assert_eq!(enveloped_or_default(body.as_bytes()), Ok(Found::default()), "{body}");
        }
        assert_eq!(pointer(enveloped_or_default::<Found>(br#"{"ok":true,"result":"no"}"#)), "/result");
        assert_eq!(pointer(enveloped_or_default::<Found>(br#"{"ok":true,"result":{}}"#)), "/result");
    }

    #[test]
    fn rejects_an_array_instead_of_an_object() {
        assert_eq!(pointer(found(r#"{"ok":true,"result":[7]}"#)), "/result");
        assert_eq!(pointer(found(r#"[true,{"count":7}]"#)), "");
        assert_eq!(pointer(whole_body::<Found>(b"[7]")), "");
        assert_eq!(enveloped::<Vec<i64>>(br#"{"ok":true,"result":[7]}"#), Ok(vec![7]));
    }

    #[test]
    fn accepts_an_empty_body_if_no_result_is_required() {
        assert_eq!(enveloped_or_default(b""), Ok(Found::default()));
    }

    #[test]
    fn rejects_an_envelope_without_a_valid_ok() {
        for (body, location) in [
            (r#"{"result":{"count":7}}"#, ""),
            (r#"{"ok":"true","result":{"count":7}}"#, "/ok"),
            (r#"{"ok":true,"ok":false,"result":{"count":7}}"#, "/ok"),
            (r#"{"ok":null,"result":{"count":7}}"#, "/ok"),
            ("", ""),
            ("<html>", ""),
        ] {
            assert_eq!(pointer(found(body)), location, "{body}");
        }
    }

    #[test]
    fn reads_the_error_message() {
        let check = |body: &str, expected: Option<&str>| {
            assert_eq!(error_message(body.as_bytes()).as_deref(), expected, "{body}");
        };
        check(r#"{"ok":false,"error_message":"Duplicate entity\n"}"#, Some("Duplicate entity"));
        check(r#"{"error_message":" kept inside \n of it"}"#, Some(" kept inside \n of it"));
        for body in ["", "<html>", "{}", r#"{"error_message":null}"#, r#"{"error_message":{"a":[1]}}"#, "[]"] {
            check(body, None);
        }
    }
}
