//! Reports whether a body is unchanged after it is decoded and encoded again.

use super::compare::{Absent, compare};
use super::entry::Failure;
use super::json::Json;
use super::report::Report;

/// Returns the report on a body, given the result of decoding it and encoding it again.
pub fn judge(body: &[u8], absent: Absent, encoded: Result<Json, Failure>) -> Report {
    let encoded = encoded.map_err(|Failure { pointer, reason }| Report::Undecoded { pointer, reason });
    // Unlike the bindings, this parser rejects all duplicate names.
    let original =
        Json::read(body).map_err(|error| Report::Undecoded { pointer: String::new(), reason: error.to_string() });
    match (encoded, original) {
        (Ok(encoded), Ok(original)) => Report::Decoded(compare(&original, &encoded, absent)),
        (Err(undecoded), _) | (_, Err(undecoded)) => undecoded,
    }
}

#[cfg(test)]
mod tests {
    use super::{Absent, Failure, Json, judge};

    fn check(body: &str, encoded: &str, expected: &str) {
        let failure = |_| Failure { pointer: "/result".to_owned(), reason: encoded.to_owned() };
        let report = judge(body.as_bytes(), Absent::IsNull, Json::read(encoded.as_bytes()).map_err(failure));
        assert_eq!(report.to_string(), expected, "{body}");
    }

    #[test]
    fn compares_a_body_with_its_round_trip() {
        check(r#"{"ok":true,"result":{"a":1}}"#, r#"{"ok":true,"result":{"a":"1"}}"#, "ok");
        check(r#"{"ok":true,"x":null}"#, r#"{"ok":true}"#, "ok, 1 unknown: /x");
        check(r#"{"ok":true}"#, "no result", "does not decode: /result: no result");
        check("", "{}", "does not decode: the root: EOF while parsing a value at line 1 column 0");
        check("{\"a\":1,\"a\":2}", "{\"a\":2}", "does not decode: the root: duplicate name `a` at line 1 column 13");
    }
}
