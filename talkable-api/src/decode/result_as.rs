//! Decodes the result of any operation as a type chosen by the caller.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::envelope::{DecodeFailure, Object, failure, is_refusal, no_result};
use super::location::Mismatch;
use crate::operation::Output;

/// Decodes the `result` of an envelope, or a whole body if the output has no envelope.
///
/// An optional result that is missing is decoded from `null`.
pub(crate) fn result_as<T: DeserializeOwned>(body: &[u8], output: Output) -> Result<T, DecodeFailure> {
    #[derive(Deserialize)]
    struct Body<'a> {
        ok: bool,
        #[serde(borrow, default)]
        result: Option<&'a RawValue>,
    }

    let is_optional = match output {
        Output::Enveloped => false,
        Output::EnvelopedOrDefault if body.is_empty() => return at_result("null"),
        Output::EnvelopedOrDefault => true,
        Output::WholeBody | Output::Download | Output::Redirect => {
            if is_refusal(body) {
                return Err(DecodeFailure::Refused);
            }
            return serde_json::from_slice(body).map_err(|error| failure(body, &error));
        }
    };
    let Object(Body { ok, result }) = serde_json::from_slice(body).map_err(|error| failure(body, &error))?;
    match result {
        _ if !ok => Err(DecodeFailure::Refused),
        Some(result) => at_result(result.get()),
        None if is_optional => at_result("null"),
        None => Err(no_result()),
    }
}

fn at_result<T: DeserializeOwned>(json: &str) -> Result<T, DecodeFailure> {
    serde_json::from_str(json).map_err(|error| {
        let Mismatch { pointer, reason } = Mismatch::new(json.as_bytes(), &error);
        DecodeFailure::Mismatch(Mismatch { pointer: format!("/result{pointer}"), reason })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn returns_the_result_of_an_envelope() {
        let body = br#"{"ok":true,"result":{"new":[1.50]}}"#;
        for output in [Output::Enveloped, Output::EnvelopedOrDefault] {
            let text: Box<RawValue> = result_as(body, output).expect("a valid body");
            assert_eq!(text.get(), r#"{"new":[1.50]}"#);
        }
        assert_eq!(result_as::<Value>(b"[7]", Output::WholeBody), Ok(json!([7])));
    }

    #[test]
    fn a_missing_result_is_null_only_if_it_is_optional() {
        for body in [&br#"{"ok":true}"#[..], br#"{"ok":true,"result":null}"#] {
            assert_eq!(result_as::<Value>(body, Output::EnvelopedOrDefault), Ok(Value::Null));
            assert_eq!(result_as::<Value>(body, Output::Enveloped), Err(no_result()));
        }
        assert_eq!(result_as::<Value>(b"", Output::EnvelopedOrDefault), Ok(Value::Null));
    }

    #[test]
    fn reports_refusals_and_locates_failures() {
        for output in [Output::Enveloped, Output::EnvelopedOrDefault, Output::WholeBody] {
            let refused = result_as::<Value>(br#"{"ok":false,"result":{}}"#, output);
            assert_eq!(refused, Err(DecodeFailure::Refused));
        }
        let failed = result_as::<Vec<i64>>(br#"{"ok":true,"result":[7,"8"]}"#, Output::Enveloped);
        let Err(DecodeFailure::Mismatch(mismatch)) = failed else { panic!("{failed:?}") };
        assert_eq!(mismatch.pointer, "/result/1");
        assert!(result_as::<Value>(br#"{"result":7}"#, Output::Enveloped).is_err());
    }
}
