//! Compares a JSON value with the result of decoding it and encoding it again.

use std::collections::HashMap;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset};

use super::json::Json;
use super::number::same_number;

/// How the bindings encode a field without a value. This determines the meaning of a field that is missing after the round
/// trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The field is null, as in responses. A field that is missing after the round trip is therefore unknown to the bindings.
    IsNull,
    /// The field is omitted, as in requests. A field that is missing after the round trip is unknown to the bindings only if it
    /// has a value in the original.
    IsOmitted,
}

/// The result of a comparison. The JSON pointers are in the order of the original value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Fields that are unknown to the bindings.
    pub unknown: Vec<String>,
    /// Values that differ from the original, and values that are missing from the original.
    pub changed: Vec<String>,
}

/// Compares a value with its round trip. Different spellings of the same number or time count as equal.
pub fn compare(original: &Json, encoded: &Json, absent: Absent) -> Verdict {
    let mut comparison = Comparison { absent, pointer: String::new(), verdict: Verdict::default() };
    comparison.value(original, encoded);
    comparison.verdict
}

struct Comparison {
    absent: Absent,
    pointer: String,
    verdict: Verdict,
}

impl Comparison {
    fn value(&mut self, original: &Json, encoded: &Json) {
        match (original, encoded) {
            (Json::Object(original), Json::Object(encoded)) => self.object(original, encoded),
            (Json::List(original), Json::List(encoded)) if original.len() == encoded.len() => {
                for (position, (original, encoded)) in original.iter().zip(encoded).enumerate() {
                    self.below(&position.to_string(), |inner| inner.value(original, encoded));
                }
            }
            // Null counts as equal to an empty list or object, but an empty list does not count as equal to an empty object.
            (Json::Null, other) | (other, Json::Null) if other.is_empty() => {}
            _ if same_scalar(original, encoded) => {}
            _ => self.changed(),
        }
    }

    fn object(&mut self, original: &[(String, Json)], encoded: &[(String, Json)]) {
        let returned: HashMap<&str, &Json> = encoded.iter().map(|(name, value)| (name.as_str(), value)).collect();
        for (name, value) in original {
            self.below(name, |inner| match returned.get(name.as_str()) {
                Some(encoded) => inner.value(value, encoded),
                None if inner.absent == Absent::IsOmitted && value.is_empty() => {}
                None => inner.verdict.unknown.push(inner.pointer.clone()),
            });
        }
        let sent: HashMap<&str, &Json> = original.iter().map(|(name, value)| (name.as_str(), value)).collect();
        for (name, value) in encoded {
            if !sent.contains_key(name.as_str()) && !value.is_empty() {
                self.below(name, Self::changed);
            }
        }
    }

    fn below(&mut self, name: &str, visit: impl FnOnce(&mut Self)) {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        visit(self);
        self.pointer.truncate(length);
    }

    fn changed(&mut self) {
        self.verdict.changed.push(self.pointer.clone());
    }
}

/// Returns whether two scalars are identical, the same number (as a number or a string), or the same time at the same offset.
/// The bindings change only strings that they decode as numbers or times. If other text looks like a number or a time, it is
/// never changed, so no difference is overlooked.
fn same_scalar(original: &Json, encoded: &Json) -> bool {
    match (original, encoded) {
        (Json::Bool(original), Json::Bool(encoded)) => original == encoded,
        (Json::Text(original), Json::Text(encoded)) => {
            original == encoded || same_number(original, encoded) || same_time(original, encoded)
        }
        (Json::Number(original) | Json::Text(original), Json::Number(encoded) | Json::Text(encoded)) => {
            same_number(original, encoded)
        }
        _ => false,
    }
}

fn same_time(original: &str, encoded: &str) -> bool {
    match (DateTime::<FixedOffset>::from_str(original), DateTime::<FixedOffset>::from_str(encoded)) {
        (Ok(original), Ok(encoded)) => original == encoded && original.offset() == encoded.offset(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Absent, Json, compare};

    fn check(original: &str, encoded: &str, unknown: &[&str], changed: &[&str]) {
        let read = |text: &str| Json::read(text.as_bytes()).expect("the test data is JSON");
        let verdict = compare(&read(original), &read(encoded), Absent::IsNull);
        assert_eq!(
            (verdict.unknown.as_slice(), verdict.changed.as_slice()),
            (&owned(unknown)[..], &owned(changed)[..])
        );
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn ignores_the_spelling_of_a_value() {
        for (original, encoded) in [
            ("1234567.89", "1234567.890"),
            (r#""10.0""#, "10"),
            ("12", r#""12""#),
            (r#""12345678901234567890.0""#, r#""12345678901234567890""#),
            ("null", "[]"),
            ("null", "{}"),
            ("[]", "null"),
            ("{}", "null"),
            (r#""2016-09-06T16:14:25.000Z""#, r#""2016-09-06T16:14:25+00:00""#),
            (r#""2022-01-02 03:04:05 -0700""#, r#""2022-01-02T03:04:05-07:00""#),
            (r#"{"a":null}"#, r#"{"a":[]}"#),
            ("{}", r#"{"a":null,"b":[],"c":{}}"#),
        ] {
            check(original, encoded, &[], &[]);
        }
    }

    #[test]
    fn finds_changed_values() {
        for (original, encoded) in [
            ("1234567.89", "1234567.9"),
            ("0.1", "0.1000000000000000055"),
            (r#""0012""#, "12"),
            ("true", r#""true""#),
            ("1", "true"),
            ("[]", "{}"),
            ("0", "null"),
            (r#""""#, "null"),
            ("false", "null"),
            ("null", r#"{"a":1}"#),
            ("[1,2]", "[1]"),
            (r#""2016-09-06T16:14:25.000Z""#, r#""2016-09-06T16:14:26Z""#),
            (r#""2016-09-06T16:14:25Z""#, r#""2016-09-06T18:14:25+02:00""#),
        ] {
            check(original, encoded, &[], &[""]);
        }
    }

    #[test]
    fn reports_pointers_into_the_original() {
        check(
            r#"{"z":{"a/b":1,"c~d":[{"e":1},{"e":2,"f":null}]},"a":1}"#,
            r#"{"z":{"c~d":[{"e":1},{"e":3}]},"a":null,"new":1}"#,
            &["/z/a~1b", "/z/c~0d/1/f"],
            &["/z/c~0d/1/e", "/a", "/new"],
        );
        check(r#"{"known":1}"#, r#"{"known":null}"#, &[], &["/known"]);
        check(r#"{"counts":{"a":1,"b":2}}"#, r#"{"counts":{"a":1}}"#, &["/counts/b"], &[]);
    }

    #[test]
    fn allows_requests_to_omit_empty_values() {
        let original: Json = serde_json::json!({"a": null, "b": [], "c": 1, "d": {"e": null}}).into();
        let verdict = compare(&original, &Json::Object(Vec::new()), Absent::IsOmitted);
        assert_eq!(verdict.unknown, owned(&["/c", "/d"]));
        assert!(verdict.changed.is_empty());
    }
}
