//! Typed access to the members of a JSON object.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value};

use super::ApiError;

/// The members of an object. Members that are null or an empty string count as missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// Returns a member as a string. Numbers and booleans are converted to strings.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        text(self.value(name)?).filter(|text| !text.is_empty())
    }

    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => Some(number.as_i64() != Some(0)),
            Value::String(text) => Some(text == "true" || text == "1"),
            _ => None,
        }
    }

    /// Returns an integer. Numbers such as `5.0` count as integers.
    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, ApiError> {
        let whole = |float: &f64| float.fract() == 0.0;
        self.parse(name, |value| value.as_i64().or_else(|| value.as_f64().filter(whole)?.to_i64()))
    }

    /// Returns an amount, given as a number or a string.
    pub(crate) fn decimal(self, name: &str) -> Result<Option<Decimal>, ApiError> {
        self.parse(name, |value| match value {
            Value::Number(number) => decimal(&number.to_string()),
            Value::String(text) => decimal(text),
            _ => None,
        })
    }

    fn parse<T>(self, name: &str, parse: impl Fn(&Value) -> Option<T>) -> Result<Option<T>, ApiError> {
        let invalid = || ApiError::bad_request(format!("`{name}` is invalid"));
        self.value(name).map(|value| parse(value).ok_or_else(invalid)).transpose()
    }

    /// Returns a list of strings, given as an array or as a comma-separated string.
    pub(crate) fn texts(self, name: &str) -> Option<Vec<String>> {
        let list = match self.value(name)? {
            Value::Array(items) => items.iter().filter_map(text).collect(),
            Value::String(list) => list.split(',').map(|item| item.trim().to_owned()).collect::<Vec<_>>(),
            _ => return None,
        };
        Some(list.into_iter().filter(|item| !item.is_empty()).collect())
    }

    pub(crate) fn object(self, name: &str) -> Fields<'a> {
        Fields(self.value(name).and_then(Value::as_object))
    }
}

/// Parses a decimal number, with or without an exponent.
fn decimal(text: &str) -> Option<Decimal> {
    text.parse().or_else(|_| Decimal::from_scientific(text)).ok()
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rejects_numbers_out_of_range() {
        let whole = |number: i64| Some(Some(number));
        let exact = |number: &str| number.parse::<Decimal>().ok().map(Some);
        for (value, integer, decimal) in [
            (json!(5), whole(5), exact("5")),
            (json!(-5.0), whole(-5), exact("-5")),
            (json!(5.5), None, exact("5.5")),
            (json!(1e30), None, None),
            (json!(u64::MAX), None, exact("18446744073709551615")),
            (json!(1e300), None, None),
            (json!("5"), None, exact("5")),
            (json!("many"), None, None),
            (json!([]), None, None),
            (Value::Null, Some(None), Some(None)),
        ] {
            let object = [("n".to_owned(), value.clone())].into_iter().collect();
            let fields = Fields(Some(&object));
            assert_eq!((fields.integer("n").ok(), fields.decimal("n").ok()), (integer, decimal), "{value}");
        }
        let object = [("n".to_owned(), json!(1e300))].into_iter().collect();
        assert_eq!(Fields(Some(&object)).decimal("n"), Err(ApiError::bad_request("`n` is invalid")));
    }
}
