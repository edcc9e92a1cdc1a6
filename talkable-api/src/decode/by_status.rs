//! Results that depend on the status of the response.
//!
//! Generated code declares an enum with an `Unknown(Value)` variant, and passes its other variants to `by_status!`. Each variant
//! has a range of statuses. A variant with a value also has the function of [`envelope`](super::envelope) that reads the value:
//!
//! ```text
//! by_status!(OrderResult { 201..=201 => Created(enveloped), 204..=204 => NoContent });
//! ```

use serde_json::Value;

use crate::decode::envelope::{DecodeFailure, whole_body};

/// A result that depends on the status of the response.
#[doc(hidden)]
pub trait ByStatus: Sized {
    #[doc(hidden)]
    fn decode(status: u16, body: &[u8]) -> Result<Self, DecodeFailure>;
}

/// Returns the value of a response with a status that has no variant.
#[allow(dead_code, reason = "unused if no result depends on the status")]
pub(crate) fn unknown(body: &[u8]) -> Result<Value, DecodeFailure> {
    if body.is_empty() { Ok(Value::Null) } else { whole_body(body) }
}

#[allow(unused_macros, reason = "unused if no result depends on the status")]
macro_rules! by_status {
    ($name:ident { $($first:literal ..= $last:literal => $variant:ident $(($reader:ident))?),+ $(,)? }) => {
        impl crate::decode::ByStatus for $name {
            fn decode(status: u16, body: &[u8]) -> Result<Self, crate::decode::envelope::DecodeFailure> {
                match status {
                    $($first..=$last => by_status!(@read body $variant $($reader)?),)+
                    _ => crate::decode::by_status::unknown(body).map(Self::Unknown),
                }
            }
        }
    };
    (@read $body:ident $variant:ident $reader:ident) => {
        crate::decode::envelope::$reader($body).map(Self::$variant)
    };
    (@read $body:ident $variant:ident) => {
        Ok(Self::$variant)
    };
}

#[allow(unused_imports, reason = "unused if no result depends on the status")]
pub(crate) use by_status;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Outcome {
        Created(i64),
        NoContent,
        Success(Vec<i64>),
        Unknown(Value),
    }

    by_status!(Outcome { 201..=201 => Created(enveloped), 204..=204 => NoContent, 210..=299 => Success(whole_body) });

    #[test]
    fn the_status_selects_the_variant() {
        let check = |status, body: &str, expected| {
            assert_eq!(Outcome::decode(status, body.as_bytes()).ok(), expected, "{status} {body}");
        };
        check(201, r#"{"ok":true,"result":7}"#, Some(Outcome::Created(7)));
        check(201, "7", None);
        check(204, "", Some(Outcome::NoContent));
        check(226, "[1]", Some(Outcome::Success(vec![1])));
        check(200, r#"{"a":1}"#, Some(Outcome::Unknown(json!({"a": 1}))));
        check(200, "", Some(Outcome::Unknown(Value::Null)));
        check(200, "<html>", None);
        assert_eq!(Outcome::decode(200, br#"{"ok":false}"#), Err(DecodeFailure::Refused));
    }
}
