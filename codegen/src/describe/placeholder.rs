//! Neutral sample values: of the same shape as a given one, and saying nothing.

use serde_json::{Number, Value};

use crate::describe::text_format::{Format, is_email};

/// What a text looks like to a person who reads an example. Finer than [`Format`], which is what types follow.
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

    fn neutral(self) -> &'static str {
        match self {
            Self::Empty => "",
            Self::Like(Format::DateTime) => "2026-01-02T03:04:05.000-08:00",
            Self::Like(Format::Date) => "2026-01-02",
            Self::Like(Format::Uri) => "https://www.example.com/path",
            Self::Like(Format::Uuid) => "00000000-0000-4000-8000-000000000000",
            Self::Like(Format::Email) => "person@example.com",
            Self::Like(Format::Plain) | Self::Text => "text",
            Self::AmericanDate => "1/2/2026",
            Self::Digits => "1",
            Self::Decimal => "1.0",
            Self::Phone => "+12025550100",
            Self::IpAddress => "192.0.2.1",
        }
    }
}

/// A neutral value of the same shape; lists and maps are the caller's to walk.
pub fn neutral_leaf(sample: &Value) -> Value {
    match sample {
        Value::String(text) => Value::from(Looks::of(text).neutral()),
        Value::Number(number) => neutral_number(number),
        other => other.clone(),
    }
}

fn neutral_number(number: &Number) -> Value {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(0.0) => Value::from(0.0),
        Some(float) if float.fract() == 0.0 => Value::from(float.signum()),
        Some(float) => Value::from(1.5 * float.signum()),
        None => Value::from(number.as_i64().map_or(1, i64::signum)),
    }
}

/// Whether two leaves have the same shape, so that one may stand for the other.
pub fn same_shape(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::String(ours), Value::String(theirs)) => {
            ours.is_empty() == theirs.is_empty() && Format::of(ours) == Format::of(theirs)
        }
        (Value::Number(ours), Value::Number(theirs)) => ours.is_f64() == theirs.is_f64(),
        (Value::Bool(_), Value::Bool(_)) | (Value::Null, Value::Null) => true,
        _ => false,
    }
}

/// A key of a sample object: an e-mail address is somebody's, all else is a name of the API's.
pub fn neutral_key(key: &str, index: usize) -> String {
    if is_email(key) { format!("person-{}@example.com", index + 1) } else { key.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn neutral_values_keep_their_shape() {
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
            let neutral = neutral_leaf(&sample);
            assert_eq!(neutral, expected);
            assert!(same_shape(&neutral, &sample), "{sample}");
        }
    }
}
