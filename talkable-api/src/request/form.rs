//! The fields of a form, as Rails reads them: `a[b]=1` for an object, `a[]=1` for a list.
//!
//! The fields are read from the JSON text of a body, so that numbers keep their digits and objects keep the order of their fields.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::operation::FieldStyle;

/// The maximum nesting depth of a field. Rack rejects deeper fields.
const DEEPEST: usize = 32;

const EMPTY_OBJECT: &str = "a list can't contain an object without fields";
const NO_COMMON_FIELD: &str = "a list of objects can be sent only if all of its objects have a common field";
pub(super) const SEPARATOR_IN_ITEM: &str =
    "an item contains the separator of its list; help: remove the separator from the item";

/// A field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Whether the value is JSON.
    pub(crate) is_json: bool,
}

impl Field {
    pub(crate) fn text(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), is_json: false }
    }
}

/// Returns the fields for a JSON object. `styles` contains the styles of those fields whose style is not the default.
///
/// Null is not sent. An empty list is sent as an empty string, as Rails does.
pub(crate) fn fields(json: &[u8], styles: &[(&str, FieldStyle)]) -> Result<Vec<Field>, &'static str> {
    let Ok(Value::Object(entries)) = serde_json::from_slice(json).map(read) else {
        return Err("a form must be an object");
    };
    let mut fields = Vec::new();
    for (name, raw) in entries {
        let style = styles.iter().find(|(known, _)| *known == name).map(|(_, style)| style);
        match (style, read(raw)) {
            (Some(_), Value::Null) => {}
            (Some(FieldStyle::Json), _) => fields.push(Field { name, value: raw.get().to_owned(), is_json: true }),
            (Some(FieldStyle::Repeated), Value::List(items)) => {
                for item in items {
                    append(&mut fields, name.clone(), item, 0)?;
                }
            }
            (Some(FieldStyle::Joined(separator)), Value::List(items)) => {
                let texts: Result<Vec<_>, _> = items.into_iter().map(|item| text(read(item))).collect();
                let texts = texts?;
                if texts.iter().any(|text| text.contains(separator)) {
                    return Err(SEPARATOR_IN_ITEM);
                }
                fields.push(Field::text(name, texts.join(separator)));
            }
            (_, value) => append_value(&mut fields, name, value, 0)?,
        }
    }
    Ok(fields)
}

/// Encodes the fields as `application/x-www-form-urlencoded`.
pub(crate) fn encode(fields: &[Field]) -> String {
    let pairs: Vec<_> = fields.iter().map(|field| (&field.name, &field.value)).collect();
    // Pairs of strings always serialize.
    serde_html_form::to_string(pairs).unwrap_or_default()
}

/// A JSON value whose inner values have not been read yet.
pub(super) enum Value<'a> {
    Null,
    Text(Cow<'a, str>),
    List(Vec<&'a RawValue>),
    Object(Vec<(String, &'a RawValue)>),
}

pub(super) fn read(raw: &RawValue) -> Value<'_> {
    let text = raw.get();
    // The text is valid JSON, so parsing it does not fail.
    match text.as_bytes().first() {
        Some(b'n') => Value::Null,
        Some(b'"') => Value::Text(serde_json::from_str::<String>(text).unwrap_or_default().into()),
        Some(b'[') => Value::List(serde_json::from_str(text).unwrap_or_default()),
        Some(b'{') => Value::Object(serde_json::from_str(text).map(|Entries(entries)| entries).unwrap_or_default()),
        _ => Value::Text(text.into()),
    }
}

fn text(value: Value<'_>) -> Result<String, &'static str> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Text(text) => Ok(text.into_owned()),
        Value::List(_) | Value::Object(_) => Err("a list with separators can't contain objects or lists"),
    }
}

/// Appends the fields for a value.
pub(super) fn append(fields: &mut Vec<Field>, name: String, raw: &RawValue, depth: usize) -> Result<(), &'static str> {
    append_value(fields, name, read(raw), depth)
}

fn append_value(fields: &mut Vec<Field>, name: String, value: Value<'_>, depth: usize) -> Result<(), &'static str> {
    if depth > DEEPEST {
        return Err("a field can't be nested deeper than 32 levels");
    }
    match value {
        Value::Null => {}
        Value::Text(text) => fields.push(Field::text(name, text)),
        Value::Object(entries) => {
            for (key, raw) in entries {
                if key.is_empty() || key.contains(['[', ']']) {
                    return Err("a nested key must not be empty or contain brackets");
                }
                append(fields, format!("{name}[{key}]"), raw, depth + 1)?;
            }
        }
        Value::List(items) => {
            // The name of a list can already end with brackets.
            let name = if name.ends_with("[]") { name } else { format!("{name}[]") };
            append_list(fields, &name, items.into_iter().map(read).collect(), depth + 1)?;
        }
    }
    Ok(())
}

fn append_list(fields: &mut Vec<Field>, name: &str, items: Vec<Value<'_>>, depth: usize) -> Result<(), &'static str> {
    if items.is_empty() {
        fields.push(Field::text(name, ""));
        return Ok(());
    }
    let (mut texts, mut objects) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Value::Null => texts.push(Field::text(name, "")),
            Value::Text(text) => texts.push(Field::text(name, text)),
            Value::List(_) => return Err("a list of lists can't be sent"),
            Value::Object(_) => {
                let mut object = Vec::new();
                append_value(&mut object, name.to_owned(), item, depth)?;
                objects.push(object);
            }
        }
    }
    if !texts.is_empty() && !objects.is_empty() {
        return Err("a list can't contain both objects and other values");
    }
    fields.append(&mut texts);
    append_objects(fields, name, objects)
}

/// Appends the objects of a list. A server starts a new object when it reads a field that the current object already has. For this
/// reason, every object starts with a field that all objects have.
fn append_objects(fields: &mut Vec<Field>, list: &str, objects: Vec<Vec<Field>>) -> Result<(), &'static str> {
    if objects.iter().any(Vec::is_empty) {
        return Err(EMPTY_OBJECT);
    }
    let position = |object: &[Field], name: &str| object.iter().position(|field| field.name == name);
    let is_common = |field: &&Field| {
        // A server ignores lists inside the object when it decides whether to start a new one.
        let is_single = field.name.get(list.len()..).is_some_and(|rest| !rest.contains("[]"));
        is_single && objects.iter().all(|object| position(object, &field.name).is_some())
    };
    let first = match objects.as_slice() {
        [] | [_] => None,
        [first, ..] => Some(first.iter().find(is_common).ok_or(NO_COMMON_FIELD)?.name.clone()),
    };
    for mut object in objects {
        if let Some(at) = first.as_ref().and_then(|name| position(&object, name)) {
            object[..=at].rotate_right(1);
        }
        fields.append(&mut object);
    }
    Ok(())
}

/// The entries of a JSON object, in order.
pub(super) struct Entries<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = Entries<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor)
    }
}

#[cfg(test)]
mod tests;
