//! Example command lines, with the values of the examples in the document.

use heck::ToKebabCase;
use serde_json::Value;

use super::super::{Context, examples};
use super::{flag, is_settable};
use crate::model::api::{Body, Field, FileCount, HeaderSource, Operation, Resource, Struct, Type, TypeKind};

/// The maximum length of a line.
const WIDTH: usize = 90;

/// Returns a command line that calls an operation. Long command lines are wrapped.
pub(super) fn command_line(context: &Context<'_>, resource: &Resource, operation: &Operation) -> String {
    let method = operation.method.trim_end_matches('_').to_kebab_case();
    let start = format!("talkable {} {method}", resource.module.to_kebab_case());
    let (values, options) = Example { context }.parts(operation);
    let start = [vec![start], values].concat().join(" ");
    let lines = [vec![start], options].concat();
    let line = lines.join(" ");
    if line.len() <= WIDTH { line } else { lines.join(" \\\n  ") }
}

struct Example<'a, 'c> {
    context: &'c Context<'a>,
}

impl Example<'_, '_> {
    /// Returns the positional arguments of the command, and its options with their values.
    fn parts(&self, operation: &Operation) -> (Vec<String>, Vec<String>) {
        let arguments = operation.path_arguments.iter();
        let values = arguments.map(|it| quoted(&self.text(&it.ty, &it.name, it.example.as_ref()))).collect();
        let mut parts = Vec::new();
        for header in &operation.headers {
            if let HeaderSource::Argument { name, ty } = &header.source {
                parts.push(format!("--{} {}", name.to_kebab_case(), quoted(&self.text(ty, name, None))));
            }
        }
        if let Some(TypeKind::Struct(query)) = operation.query.as_deref().and_then(|name| self.kind(name)) {
            self.record(query, Some(&Value::Object(operation.example.query.clone())), true, &mut parts);
        }
        self.body(operation, &mut parts);
        for file in operation.files.iter().filter(|file| file.count != FileCount::Optional) {
            parts.push(format!("--{} photo.png", file.name.trim_end_matches('_').to_kebab_case()));
        }
        (values, parts)
    }

    fn body(&self, operation: &Operation, parts: &mut Vec<String>) {
        let example = operation.example.body.as_ref();
        let (name, example, is_optional) = match &operation.body {
            Body::None => return,
            Body::File => return parts.push("--data @photo.png".to_owned()),
            Body::Data { name, optional } => (name, example.and_then(|example| example.get("data")), *optional),
            Body::Whole(name) => (name, example, false),
        };
        match self.kind(name) {
            Some(TypeKind::Struct(record)) if !record.transparent => {
                self.record(record, example, is_optional, parts);
            }
            Some(TypeKind::Tagged(tagged)) if matches!(operation.body, Body::Whole(_)) => {
                let tag = example.and_then(|example| example.get(&tagged.tag));
                let of_example = tagged.variants.iter().find(|(it, _)| tag.is_some_and(|tag| *tag == it.wire));
                let Some((variant, ty)) = of_example.or(tagged.variants.first()) else { return };
                parts.push(format!("--{} {}", tagged.tag.to_kebab_case(), quoted(&variant.wire)));
                let content = of_example.and(example).and_then(|example| example.get(&tagged.content));
                if let Some(TypeKind::Struct(record)) = self.kind(ty) {
                    self.record(record, content, true, parts);
                }
            }
            _ => parts.push(format!("--data {}", quoted(&example.map_or("{}".to_owned(), Value::to_string)))),
        }
    }

    /// Adds the options for the required fields and for those in the example. A record without any gets one field, because an
    /// empty update has no effect.
    fn record(&self, record: &Struct, example: Option<&Value>, can_be_empty: bool, parts: &mut Vec<String>) {
        let start = parts.len();
        let settable = || record.fields.iter().filter(|field| is_settable(field) && !field.deprecated);
        for field in settable() {
            let value = example.and_then(|example| example.get(&field.wire)).filter(|value| !value.is_null());
            if field.required || value.is_some() {
                self.field(field, &record.fields, value, parts);
            }
        }
        let simple = settable().find(|field| matches!(field.ty, Type::Text | Type::Integer | Type::Boolean));
        if let Some(field) = simple.filter(|_| parts.len() == start && !can_be_empty) {
            self.field(field, &record.fields, None, parts);
        }
    }

    fn field(&self, field: &Field, siblings: &[Field], example: Option<&Value>, parts: &mut Vec<String>) {
        let flag = flag(field, siblings);
        let mut push = |value: String| parts.push(format!("--{flag} {}", quoted(&value)));
        match &field.ty {
            Type::List(item) => {
                let items = example.and_then(Value::as_array).cloned().unwrap_or_default();
                let items = if items.is_empty() { vec![Value::Null] } else { items };
                for value in &items {
                    push(self.item(item, &field.wire, value));
                }
            }
            Type::Map(_) => {
                let entries = example.and_then(Value::as_object).cloned().unwrap_or_default();
                for (key, value) in &entries {
                    push(format!("{key}={}", plain(value)));
                }
            }
            Type::Boolean if example.is_none_or(|it| *it == true) => parts.push(format!("--{flag}")),
            Type::Boolean => parts.push(format!("--{flag}=false")),
            ty => push(self.text(ty, &field.wire, example)),
        }
    }

    fn item(&self, ty: &Type, name: &str, example: &Value) -> String {
        let Type::Named(type_name) = ty else { return self.text(ty, name, Some(example)) };
        let Some(TypeKind::Struct(record)) = self.kind(type_name) else { return self.text(ty, name, Some(example)) };
        let is_shown = |field: &&Field| field.required || example.get(&field.wire).is_some_and(|it| !it.is_null());
        let settable = record.fields.iter().filter(|field| is_settable(field)).filter(is_shown);
        let is_nested = |ty: &Type| matches!(ty, Type::List(_) | Type::Map(_) | Type::Json);
        let pairs = settable.filter(|field| !is_nested(&field.ty)).map(|field| {
            let value = self.text(&field.ty, &field.wire, example.get(&field.wire)).replace(',', "\\,");
            format!("{}={value}", field.wire)
        });
        pairs.collect::<Vec<_>>().join(",")
    }

    fn text(&self, ty: &Type, name: &str, example: Option<&Value>) -> String {
        if let Some(value) = example.filter(|value| !value.is_null()) {
            return plain(value);
        }
        match ty {
            Type::Integer => examples::integer(name).to_string(),
            Type::Decimal => "99.50".to_owned(),
            Type::Boolean => "true".to_owned(),
            Type::Date if name.contains("start") => "2026-01-01".to_owned(),
            Type::Date => "2026-01-31".to_owned(),
            Type::DateTime => "2026-01-31T12:00:00Z".to_owned(),
            Type::Boxed(inner) | Type::Optional(inner) | Type::List(inner) => self.text(inner, name, None),
            Type::Named(type_name) => match self.kind(type_name) {
                Some(TypeKind::Enum(variants)) => {
                    examples::usual(variants).map(|variant| variant.wire.clone()).unwrap_or_default()
                }
                _ => "{}".to_owned(),
            },
            Type::Json | Type::Map(_) => "{}".to_owned(),
            Type::Text | Type::Period => examples::text(name),
        }
    }

    fn kind(&self, name: &str) -> Option<&TypeKind> {
        self.context.types.get(name).map(|item| &item.kind)
    }
}

/// Returns a string as it is, and other values as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Quotes a text for a POSIX shell, if necessary.
fn quoted(text: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_./:@,=+%".contains(c);
    if !text.is_empty() && text.chars().all(is_safe) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_only_if_necessary() {
        for (text, expected) in
            [("jane@example.com", "jane@example.com"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("", "''")]
        {
            assert_eq!(quoted(text), expected);
        }
    }
}
