//! The location of a decoding failure, as a JSON pointer.
//!
//! `serde_json` reports a line and a column. The pointer is found by scanning the body up to that position.

use std::fmt::{self, Write as _};

use serde::de;

/// The location of a decoding failure, and the reason for it. Neither contains a value from the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub(crate) pointer: String,
    pub(crate) reason: String,
}

/// The separator between the reason and the location in a message.
const INSIDE: &str = " at `/";

impl Mismatch {
    pub(crate) fn new(body: &[u8], error: &serde_json::Error) -> Self {
        let mut message = error.to_string();
        if let Some(at) = message.rfind(" at line ") {
            message.truncate(at);
        }
        let inner = Self::parse(message);
        Self { pointer: pointer(body, offset(body, error)) + &inner.pointer, ..inner }
    }

    /// Parses a message. It ends with a location if the error is inside a union.
    fn parse(message: String) -> Self {
        let reason = without_value(message);
        match reason.strip_suffix('`').and_then(|reason| reason.rsplit_once(INSIDE)) {
            Some((reason, inside)) => Self { pointer: format!("/{inside}"), reason: reason.to_owned() },
            None => Self { pointer: String::new(), reason },
        }
    }

    /// Adds the key or the index of the value that contains the invalid value.
    pub(super) fn inside(mut self, key: &str) -> Self {
        self.pointer.insert_str(0, &format!("/{}", escaped(key)));
        self
    }

    /// Creates a failure at a byte offset.
    pub(crate) fn at(body: &[u8], offset: usize, reason: &str) -> Self {
        Self { pointer: pointer(body, offset), reason: reason.to_owned() }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.strip_prefix('/') {
            Some(pointer) => write!(formatter, "{}{INSIDE}{pointer}`", self.reason),
            None => formatter.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Mismatch {}

impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::parse(message.to_string())
    }
}

/// Masks the segments of a pointer that may be personal data, such as e-mail addresses.
pub(crate) fn masked(pointer: &str) -> String {
    let is_name = |segment: &&str| {
        segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && segment.len() <= 40
    };
    let segments = pointer.split('/').map(|segment| Some(segment).filter(is_name).unwrap_or("*"));
    segments.collect::<Vec<_>>().join("/")
}

/// Returns the byte offset of an error.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let line_break = |(at, byte): (usize, &u8)| (*byte == b'\n').then_some(at + 1);
    let start = match error.line() {
        0 => return 0,
        1 => 0,
        line => body.iter().enumerate().filter_map(line_break).nth(line - 2).unwrap_or(0),
    };
    start.saturating_add(error.column()).min(body.len())
}

/// Removes the value quoted by serde from an error message, because the value may be personal data. The message keeps the type of
/// the value.
fn without_value(text: String) -> String {
    for lead in ["invalid type: ", "invalid value: ", "unknown variant "] {
        let Some(rest) = text.strip_prefix(lead) else { continue };
        let Some(at) = rest.rfind(", expected ") else { continue };
        let (found, expected) = rest.split_at(at);
        let kind = found.split(['"', '`', '\'']).next().unwrap_or_default();
        return format!("{}{expected}", format!("{lead}{kind}").trim_end());
    }
    text
}

/// An object or array that has not been closed yet, with its current key or index.
enum Level<'a> {
    Object(Option<&'a [u8]>),
    Array(usize),
}

fn pointer(body: &[u8], offset: usize) -> String {
    let mut levels: Vec<Level<'_>> = Vec::new();
    let mut after_colon = false;
    let mut at = 0;
    while let Some(byte) = body.get(at).filter(|_| at < offset) {
        let start = at;
        at += 1;
        match byte {
            b'{' => levels.push(Level::Object(None)),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => drop(levels.pop()),
            b',' => match levels.last_mut() {
                Some(Level::Object(key)) => *key = None,
                Some(Level::Array(index)) => *index += 1,
                None => {}
            },
            b'"' => {
                at = string_end(body, at);
                if let (false, Some(Level::Object(key))) = (after_colon, levels.last_mut()) {
                    *key = body.get(start..at).filter(|_| at <= offset);
                }
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            after_colon = *byte == b':';
        }
    }
    render(&levels)
}

/// Returns the offset after the closing quote of a string. `at` is the offset after the opening quote.
fn string_end(body: &[u8], mut at: usize) -> usize {
    while let Some(byte) = body.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    body.len()
}

fn render(levels: &[Level<'_>]) -> String {
    let mut pointer = String::new();
    for level in levels {
        // Writing to a string never fails.
        let _ = match level {
            Level::Object(None) => Ok(()),
            Level::Object(Some(key)) => {
                let key = serde_json::from_slice(key).unwrap_or_else(|_| String::from_utf8_lossy(key).into_owned());
                write!(pointer, "/{}", escaped(&key))
            }
            Level::Array(index) => write!(pointer, "/{index}"),
        };
    }
    pointer
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only decoding is tested")]
    struct Sample {
        #[serde(default)]
        list: Vec<Item>,
        #[serde(default)]
        map: BTreeMap<String, i64>,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "only decoding is tested")]
    struct Item {
        id: i64,
        at: Option<chrono::DateTime<chrono::FixedOffset>>,
    }

    fn check(body: &str, pointer: &str, reason: &str) {
        let error = serde_json::from_str::<Sample>(body).expect_err(body);
        let expected = Mismatch { pointer: pointer.to_owned(), reason: reason.to_owned() };
        assert_eq!(Mismatch::new(body.as_bytes(), &error), expected, "{body}");
    }

    #[test]
    fn locates_every_kind_of_failure() {
        check(r#"{"list":[{"id":1},{"id":"jane@example.com"}]}"#, "/list/1/id", "invalid type: string, expected i64");
        check(r#"{"list":[{"id":"a, expected b"}],"map":{}}"#, "/list/0/id", "invalid type: string, expected i64");
        check(r#"{"list":[{"id": [1]}]}"#, "/list/0/id", "invalid type: sequence, expected i64");
        check(r#"{"list":[{"id":1.5}]}"#, "/list/0/id", "invalid type: floating point, expected i64");
        check(r#"{"list":[{"id":1}, {"at":null}]}"#, "/list/1", "missing field `id`");
        check(r#"{"list":[{"id":1,"at":"soon"}]}"#, "/list/0/at", "input contains invalid characters");
        check(
            "{\n \"x\": {\"y\": [1, {}]},\n \"map\": {\n\"a/b~\\\"\": null\n}}",
            "/map/a~1b~0\"",
            "invalid type: null, expected i64",
        );
        check(r#"{"list":5}"#, "/list", "invalid type: integer, expected a sequence");
        check(r#"{"list":[],"list":[]}"#, "/list", "duplicate field `list`");
        check(r#"{"map":{"a":1"#, "/map/a", "EOF while parsing an object");
        check("<html>", "", "expected value");
        check("", "", "EOF while parsing a value");
        check("[", "/0", "EOF while parsing a list");
        check("7", "", "invalid type: integer, expected struct Sample");
        check("\u{feff}{}", "", "expected value");
    }

    #[test]
    fn masks_names_that_may_be_personal() {
        assert_eq!(masked("/result/recipients/jane@example.com/0"), "/result/recipients/*/0");
        assert_eq!(masked("/result/list/12/created_at"), "/result/list/12/created_at");
        assert_eq!(masked(""), "");
    }
}
