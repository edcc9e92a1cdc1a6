//! One body, through the bindings and back.

use super::compare::{Absent, compare};
use super::json::Json;
use super::report::Report;

/// Why a body doesn't decode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where in the body.
    pub pointer: String,
    /// What was wrong there.
    pub reason: String,
}

/// Judges a body by what `decode_and_encode` makes of it.
pub fn judge(body: &[u8], absent: Absent, decode_and_encode: impl FnOnce(&[u8]) -> Result<Json, Failure>) -> Report {
    let original = match Json::read(body) {
        Ok(original) => original,
        Err(error) => {
            return Report::Undecoded {
                pointer: String::new(),
                reason: error.to_string(),
            };
        }
    };
    match decode_and_encode(body) {
        Ok(mut encoded) => {
            let mut original = original;
            if absent == Absent::IsNull {
                forgive_missing_result(&mut original, &mut encoded);
            }
            Report::Decoded(compare(&original, &encoded, absent))
        }
        Err(Failure { pointer, reason }) => Report::Undecoded { pointer, reason },
    }
}

/// Some operations answer without a result, or with null or `""` for one. Where the bindings accept that, it is a result
/// whose fields have no value, and it comes back as such.
fn forgive_missing_result(original: &mut Json, encoded: &mut Json) {
    let is_missing = match original.member("result") {
        Some(Json::Text(text)) => text.is_empty(),
        Some(Json::Null) | None => true,
        Some(_) => false,
    };
    if is_missing && encoded.member("result").is_some_and(has_no_value) {
        for side in [original, encoded] {
            if let Some(result) = side.member_mut("result") {
                *result = Json::Null;
            }
        }
    }
}

fn has_no_value(result: &Json) -> bool {
    match result {
        Json::Object(members) => members.iter().all(|(_, value)| value.is_empty()),
        other => other.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Absent, Failure, Json, judge};

    fn check(body: &str, encoded: &str, expected: &str) {
        let report = judge(body.as_bytes(), Absent::IsNull, |_| {
            Json::read(encoded.as_bytes()).map_err(|_| Failure {
                pointer: "/result".to_owned(),
                reason: encoded.to_owned(),
            })
        });
        assert_eq!(report.to_string(), expected, "{body}");
    }

    #[test]
    fn a_body_is_compared_with_what_came_back() {
        check(
            r#"{"ok":true,"result":{"a":1}}"#,
            r#"{"ok":true,"result":{"a":"1"}}"#,
            "ok",
        );
        check(r#"{"ok":true,"x":null}"#, r#"{"ok":true}"#, "ok, 1 unknown: /x");
        check(r#"{"ok":true}"#, "no result", "does not decode: /result: no result");
        check(
            "",
            "{}",
            "does not decode: : EOF while parsing a value at line 1 column 0",
        );
    }

    #[test]
    fn a_result_may_be_missing() {
        for body in [
            r#"{"ok":true}"#,
            r#"{"ok":true,"result":null}"#,
            r#"{"ok":true,"result":""}"#,
        ] {
            check(body, r#"{"ok":true,"result":{}}"#, "ok");
            check(body, r#"{"ok":true,"result":{"referral":null}}"#, "ok");
            check(
                body,
                r#"{"ok":true,"result":{"referral":{"id":1}}}"#,
                "changed: /result",
            );
        }
        check(
            r#"{"ok":true,"result":"x"}"#,
            r#"{"ok":true,"result":{}}"#,
            "changed: /result",
        );
    }
}
