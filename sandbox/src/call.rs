//! A request as an operation sees it: arguments by name, wherever they stood.

use std::net::IpAddr;

use bytes::Bytes;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::{Map, Value};

use crate::answer::Refusal;

/// One call of an operation.
#[derive(Debug)]
pub(crate) struct Call {
    /// The parameters in the path, decoded.
    pub(crate) path: Vec<(String, String)>,
    /// The query and the body together.
    pub(crate) arguments: Map<String, Value>,
    pub(crate) upload: Option<Upload>,
    /// The bytes of the body.
    pub(crate) size: usize,
    /// Who calls, for `ip_address: current`.
    pub(crate) caller: IpAddr,
}

/// A file that was sent.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) name: String,
    pub(crate) content_type: String,
    pub(crate) content: Bytes,
}

impl Call {
    /// A parameter in the path; empty if the description declares none of that name.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// All arguments, as fields.
    pub(crate) fn fields(&self) -> Fields<'_> {
        Fields(Some(&self.arguments))
    }

    /// The object `data` of the body.
    pub(crate) fn data(&self) -> Fields<'_> {
        Fields(self.arguments.get("data").and_then(Value::as_object))
    }

    /// The list `data` of the body of a batch.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Value> {
        self.arguments.get("data").and_then(Value::as_array).into_iter().flatten()
    }
}

/// The fields of an object. An empty text counts as none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(pub(crate) Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    /// A text, or a number in its digits.
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

    /// A whole number, even one that is written with a fraction of zero.
    ///
    /// # Errors
    ///
    /// It is something else, or too large.
    pub(crate) fn integer(self, name: &str) -> Result<Option<i64>, Refusal> {
        let whole = |float: &f64| float.fract() == 0.0;
        let read = |value: &Value| value.as_i64().or_else(|| value.as_f64().filter(whole)?.to_i64());
        self.value(name).map(|value| read(value).ok_or_else(|| invalid(name))).transpose()
    }

    /// An amount: a number, or one written as a text.
    ///
    /// # Errors
    ///
    /// It is something else, or has more digits than an amount can have.
    pub(crate) fn decimal(self, name: &str) -> Result<Option<Decimal>, Refusal> {
        let read = |value: &Value| match value {
            Value::Number(number) => decimal(&number.to_string()),
            Value::String(text) => decimal(text),
            _ => None,
        };
        self.value(name).map(|value| read(value).ok_or_else(|| invalid(name))).transpose()
    }

    /// The texts of a list. One text alone is a list with commas.
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

fn invalid(name: &str) -> Refusal {
    Refusal::bad_request(format!("`{name}` is invalid"))
}

/// Very large and very small numbers are written with an exponent.
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
    fn a_number_that_cannot_be_read_is_not_left_out() {
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
        assert_eq!(Fields(Some(&object)).decimal("n"), Err(Refusal::bad_request("`n` is invalid")));
    }
}
