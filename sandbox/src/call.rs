//! A request as an operation sees it: arguments by name, wherever they stood.

use std::net::IpAddr;

use bytes::Bytes;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

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
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.arguments.get("data").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
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

    pub(crate) fn integer(self, name: &str) -> Option<i64> {
        self.value(name)?.as_i64()
    }

    /// An amount: a number, or one written as a text.
    pub(crate) fn decimal(self, name: &str) -> Option<Decimal> {
        match self.value(name)? {
            Value::Number(number) => decimal(&number.to_string()),
            Value::String(text) => decimal(text),
            _ => None,
        }
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
