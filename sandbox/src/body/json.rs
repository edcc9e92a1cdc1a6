//! JSON bodies.

use serde_json::{Map, Value};

use super::{MAX_VALUES, too_many_values};
use crate::call::{ApiError, require};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Parses a body. Its values must be in an object; an empty body and `null` count as an empty object.
pub(super) fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let bytes = bytes.strip_prefix(BOM).unwrap_or(bytes).trim_ascii();
    if bytes.is_empty() {
        return Ok(Map::new());
    }
    require(!is_utf16(bytes), ApiError::bad_request("The body is encoded in UTF-16. Send it in UTF-8."))?;
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let position = error.valid_up_to() + 1;
        ApiError::bad_request(format!("The body is not encoded in UTF-8: byte {position} is invalid."))
    })?;
    require(count_values(bytes) <= MAX_VALUES, too_many_values())?;
    match serde_json::from_str(text).map(without_nulls) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err(ApiError::bad_request("The body must be a JSON object.")),
        Err(error) => Err(ApiError::bad_request(describe(text, &error))),
    }
}

/// Explains why a body is not JSON.
fn describe(text: &str, error: &serde_json::Error) -> String {
    if text.starts_with("--") && text.contains("\r\n") {
        return "The body is a multipart form. Send it with `Content-Type: multipart/form-data` and its boundary."
            .to_owned();
    }
    let is_form = text.contains('=') && !text.starts_with(['{', '[', '"']);
    if is_form {
        let kind = "application/x-www-form-urlencoded";
        return format!("The body is a form, not JSON. Send it with `Content-Type: {kind}`.");
    }
    let (line, column) = (error.line(), error.column());
    if error.is_eof() {
        return format!("The body is not valid JSON: it ends too early, at line {line}, column {column}.");
    }
    format!("The body is not valid JSON: there is an error at line {line}, column {column}.")
}

fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || matches!(bytes, [0, b'{', ..] | [b'{', 0, ..])
}

/// Counts the values in JSON, or overestimates their number if the JSON is invalid.
fn count_values(bytes: &[u8]) -> usize {
    let (mut count, mut is_in_string, mut is_escaped) = (1, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_in_string => is_escaped = true,
            b'"' => is_in_string = !is_in_string,
            b',' | b'[' | b'{' if !is_in_string => count += 1,
            _ => {}
        }
    }
    count
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().filter(|(_, value)| !value.is_null());
            members.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(items) => items.into_iter().filter(|item| !item.is_null()).map(without_nulls).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_cause_of_an_error() {
        for (body, message) in [
            (&b"{\"a\":"[..], "The body is not valid JSON: it ends too early, at line 1, column 5."),
            (b"{\"a\":\n x}", "The body is not valid JSON: there is an error at line 2, column 2."),
            (b"\xff\xfe{\0", "The body is encoded in UTF-16. Send it in UTF-8."),
            (b"{\"a\":\"caf\xe9\"}", "The body is not encoded in UTF-8: byte 10 is invalid."),
            (
                b"a=1&b=2",
                "The body is a form, not JSON. Send it with `Content-Type: application/x-www-form-urlencoded`.",
            ),
            (b"[]", "The body must be a JSON object."),
        ] {
            assert_eq!(parse(body).unwrap_err().message, message);
        }
    }

    #[test]
    fn accepts_empty_bodies_and_a_byte_order_mark() {
        for body in ["", " \r\n", "null", "\u{feff}", "\u{feff}null", "{}", "\u{feff}{\"a\": null}"] {
            assert_eq!(parse(body.as_bytes()), Ok(Map::new()), "{body:?}");
        }
    }

    #[test]
    fn limits_the_number_of_values() {
        let body = |count: usize| format!("{{\"a\":[{}0]}}", "0,".repeat(count)).into_bytes();
        assert!(parse(&body(MAX_VALUES - 3)).is_ok());
        assert_eq!(parse(&body(MAX_VALUES - 2)), Err(too_many_values()));
        let text = format!("{{\"a\":\"{}\\\"[[[\"}}", ",".repeat(MAX_VALUES));
        assert!(parse(text.as_bytes()).is_ok(), "commas in a string don't count");
    }
}
