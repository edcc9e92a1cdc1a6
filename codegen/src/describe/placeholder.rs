//! Placeholders for the vendor's sample values: neutral values of the same shape.

use serde_json::{Number, Value};

use crate::describe::text_format::{Format, is_email};
use crate::openapi::example::PLACEHOLDER;

/// The category of a sample string, which determines its placeholder. [`Format`] has fewer categories, because each of them affects
/// the inferred types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Looks {
    Empty,
    Like(Format),
    AmericanDate,
    Digits,
    Decimal,
    Phone,
    IpAddress,
    Text,
}

impl Looks {
    fn of(text: &str) -> Self {
        match Format::of(text) {
            Format::Plain => {}
            format => return Self::Like(format),
        }
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts = |separator: char, count: usize| {
            let mut parts = text.split(separator);
            parts.by_ref().take(count).filter(|part| digits(part)).count() == count && parts.next().is_none()
        };
        if text.is_empty() {
            Self::Empty
        } else if digits(text) {
            Self::Digits
        } else if parts('.', 2) {
            Self::Decimal
        } else if parts('.', 4) {
            Self::IpAddress
        } else if parts('/', 3) {
            Self::AmericanDate
        } else if text.strip_prefix('+').is_some_and(digits) {
            Self::Phone
        } else {
            Self::Text
        }
    }

    fn placeholder(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Like(Format::DateTime) => "2026-01-02T03:04:05.000-08:00",
            Self::Like(Format::Date) => "2026-01-02",
            Self::Like(Format::Uri) => "https://www.example.com/path",
            Self::Like(Format::Uuid) => "00000000-0000-4000-8000-000000000000",
            Self::Like(Format::Email) => "person@example.com",
            Self::Like(Format::Plain) | Self::Text => PLACEHOLDER,
            Self::AmericanDate => "1/2/2026",
            Self::Digits => "1",
            Self::Decimal => "1.0",
            Self::Phone => "+12025550100",
            Self::IpAddress => "192.0.2.1",
        }
    }
}

/// Returns the placeholder for a sample that is neither a list nor a map.
pub fn placeholder(sample: &Value) -> Value {
    match sample {
        Value::String(text) => Value::from(Looks::of(text).placeholder()),
        Value::Number(number) => number_placeholder(number),
        other => other.clone(),
    }
}

fn number_placeholder(number: &Number) -> Value {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(0.0) => Value::from(0.0),
        Some(float) if float.fract() == 0.0 => Value::from(float.signum()),
        Some(float) => Value::from(1.5 * float.signum()),
        None => Value::from(number.as_i64().map_or(1, i64::signum)),
    }
}

/// Returns whether two values that are neither lists nor maps have the same shape.
pub fn same_shape(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            one.is_empty() == other.is_empty() && Format::of(one) == Format::of(other)
        }
        (Value::Number(one), Value::Number(other)) => one.is_f64() == other.is_f64(),
        (Value::Bool(_), Value::Bool(_)) | (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// Returns the given key of a sample object, or a placeholder with the number `index + 1` if the key is an e-mail address.
pub fn key_placeholder(key: &str, index: usize) -> String {
    if is_email(key) { format!("person-{}@example.com", index + 1) } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn placeholders_have_the_shape_of_their_sample() {
        for (sample, expected) in [
            (json!("Jane"), json!("text")),
            (json!(""), json!("")),
            (json!("1024"), json!("1")),
            (json!("10.0"), json!("1.0")),
            (json!("1/15/2024"), json!("1/2/2026")),
            (json!("+4930123456"), json!("+12025550100")),
            (json!(281_524), json!(1)),
            (json!(-100), json!(-1)),
            (json!(0), json!(0)),
            (json!(10.0), json!(1.0)),
            (json!(100.44), json!(1.5)),
            (json!(false), json!(false)),
            (json!(null), json!(null)),
        ] {
            let value = placeholder(&sample);
            assert_eq!(value, expected);
            assert!(same_shape(&value, &sample), "{sample}");
        }
    }
}
