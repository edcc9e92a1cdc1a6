//! JSON whose numbers keep all their digits.
//!
//! `serde_json::Value` stores fractions as binary floats, so two amounts that differ only in the seventeenth digit can be
//! equal. Here, numbers are stored as text and compared as decimals. Object members keep the order of the file.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written in the file.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object with unique names.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a JSON document.
    ///
    /// # Errors
    ///
    /// Fails if the JSON is invalid, an object repeats a name, a number is out of range, or the nesting is deeper than 127
    /// levels.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        // Parsing to a `Value` checks the nesting depth. This is necessary because raw values have no depth limit and
        // `read_raw` is recursive.
        serde_json::from_slice::<Value>(bytes)?;
        read_raw(serde_json::from_slice(bytes)?)
    }

    /// Returns whether the value is null, an empty list or an empty object.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(items) => items.is_empty(),
            Self::Object(members) => members.is_empty(),
            Self::Bool(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }
}

impl From<Value> for Json {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::String(text) => Self::Text(text),
            Value::Array(items) => Self::List(items.into_iter().map(Self::from).collect()),
            Value::Object(members) => {
                Self::Object(members.into_iter().map(|(name, value)| (name, Self::from(value))).collect())
            }
        }
    }
}

/// Formats the value as compact JSON.
impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(truth) => write!(formatter, "{truth}"),
            Self::Number(text) => formatter.write_str(text),
            Self::Text(text) => write!(formatter, "{}", Value::from(text.as_str())),
            Self::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    write!(formatter, "{}{item}", if position == 0 { '[' } else { ',' })?;
                }
                formatter.write_str(if items.is_empty() { "[]" } else { "]" })
            }
            Self::Object(members) => {
                for (position, (name, value)) in members.iter().enumerate() {
                    let before = if position == 0 { '{' } else { ',' };
                    write!(formatter, "{before}{}:{value}", Value::from(name.as_str()))?;
                }
                formatter.write_str(if members.is_empty() { "{}" } else { "}" })
            }
        }
    }
}

fn read_raw(raw: &RawValue) -> Result<Json, serde_json::Error> {
    let text = raw.get();
    Ok(match text.bytes().next() {
        Some(b'{') => {
            let Members(members) = serde_json::from_str(text)?;
            Json::Object(
                members.into_iter().map(|(name, value)| Ok((name, read_raw(value)?))).collect::<Result<_, _>>()?,
            )
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Json::List(items.into_iter().map(read_raw).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(serde_json::from_str(text)?),
        Some(b't' | b'f') => Json::Bool(serde_json::from_str(text)?),
        Some(b'n') => Json::Null,
        _ => Json::Number(text.to_owned()),
    })
}

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(String, &RawValue)> = Vec::new();
        let mut names = std::collections::HashSet::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            if !names.insert(name.clone()) {
                return Err(de::Error::custom(format!("duplicate name `{name}`")));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::Json;

    fn check(text: &str, expected: &str) {
        let printed = match Json::read(text.as_bytes()) {
            Ok(json) => json.to_string(),
            Err(error) => error.to_string(),
        };
        assert!(printed.starts_with(expected), "{text}: {printed}");
    }

    #[test]
    fn keeps_digits_and_order() {
        check(
            r#" { "b" : [ 1234567.89, 0.100000000000000000001, 1E2, -0 ] , "a" : { } , "c" : [ null , true, "\u00e9\n" ] } "#,
            r#"{"b":[1234567.89,0.100000000000000000001,1E2,-0],"a":{},"c":[null,true,"é\n"]}"#,
        );
    }

    #[test]
    fn rejects_anything_but_one_document() {
        check("", "EOF while parsing");
        check("{} {}", "trailing characters");
        check(r#"{"a":1,"a":2}"#, "duplicate name `a`");
        check(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)), "recursion limit exceeded");
        check("<html></html>", "expected value");
    }
}
