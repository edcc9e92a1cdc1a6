//! Adds examples of JSON request bodies that have none. The overlay contains examples of today's requests, so these are for those that
//! the vendor adds.

use serde_json::{Map, Value, json};

use crate::emit::examples::text;
use crate::openapi::example::is_placeholder;
use crate::openapi::node::local;
use crate::openapi::walk::walk;
use crate::source::document::child;

/// The maximum number of values in an example. A body that needs more gets no example.
const MAX_VALUES: usize = 1_000;

/// The maximum nesting depth of schemas.
const MAX_DEPTH: usize = 64;

/// Adds the examples. They satisfy the strict reading of the schemas, so the nulls must have been described before.
pub(super) fn add_examples(document: &mut Value) {
    let mut without = Vec::new();
    walk(document, &mut |pointer, entries| {
        let is_body = pointer.ends_with("/requestBody") || pointer.starts_with("/components/requestBodies/");
        let media = entries.get("content").and_then(|content| content.get("application/json"));
        if is_body && media.is_some_and(|media| media.get("example").or_else(|| media.get("examples")).is_none()) {
            without.push(child(&child(pointer, "content"), "application/json"));
        }
    });
    for pointer in without {
        let mut example = Example { document, references: Vec::new(), depth: 0, values: 0 };
        let schema = document.pointer(&pointer).and_then(|media| media.get("schema"));
        let value = schema.and_then(|schema| example.value(schema, ""));
        if let (Some(value), Some(Value::Object(media))) = (value, document.pointer_mut(&pointer)) {
            media.insert("example".to_owned(), value);
        }
    }
}

struct Example<'a> {
    document: &'a Value,
    /// The references that enclose the current schema.
    references: Vec<&'a str>,
    depth: usize,
    values: usize,
}

impl<'a> Example<'a> {
    /// Returns a value of a schema, or `None` if none is found. `name` is the name of the property that contains the value.
    fn value(&mut self, schema: &'a Value, name: &str) -> Option<Value> {
        self.values += 1;
        if self.values > MAX_VALUES || self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) if self.references.contains(&reference) => None,
            Some(reference) => {
                self.references.push(reference);
                let target = local(reference).and_then(|pointer| self.document.pointer(&pointer));
                let value = target.and_then(|target| self.value(target, name));
                self.references.pop();
                value
            }
            None => self.of_schema(schema, name),
        };
        self.depth -= 1;
        value
    }

    fn of_schema(&mut self, schema: &'a Value, name: &str) -> Option<Value> {
        let list = |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let example = schema.get("example").filter(|example| !is_placeholder(example));
        let known = list("enum").iter().chain(list("x-extensible-enum")).next();
        if let Some(value) = example.or(known) {
            return Some(value.clone());
        }
        if let Some(branch) = list("oneOf").iter().chain(list("anyOf")).next() {
            return self.value(branch, name);
        }
        let mut members = Map::new();
        for part in list("allOf") {
            match self.value(part, name)? {
                Value::Object(part) => members.extend(part),
                other => return Some(other),
            }
        }
        // A value of a type may violate these keywords.
        if ["pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"]
            .iter()
            .any(|it| schema.get(it).is_some())
        {
            return None;
        }
        Some(match schema.get("type").and_then(Value::as_str) {
            Some("string") => json!(of_format(schema.get("format").and_then(Value::as_str), name)?),
            Some("integer") => json!(1),
            Some("number") => json!(10.5),
            Some("boolean") => json!(true),
            Some("array") => json!([self.value(schema.get("items")?, name)?]),
            _ => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let is_sent = |property: &Value| property.get("readOnly") != Some(&json!(true));
                for (key, property) in properties.into_iter().flatten().filter(|(_, property)| is_sent(property)) {
                    match self.value(property, key) {
                        Some(value) => _ = members.insert(key.clone(), value),
                        None if list("required").iter().any(|required| required == key) => return None,
                        None => {}
                    }
                }
                Value::Object(members)
            }
        })
    }
}

/// Returns a string of a format, or `None` if the format is unknown.
fn of_format(format: Option<&str>, name: &str) -> Option<String> {
    Some(match format {
        None => text(name),
        Some("date") => "2026-01-31".to_owned(),
        Some("date-time") => "2026-01-31T12:00:00.000-08:00".to_owned(),
        Some("decimal") => "10.5".to_owned(),
        Some("email") => "jane@example.com".to_owned(),
        Some("uuid") => "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001".to_owned(),
        Some("uri") => "https://example.com".to_owned(),
        Some(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(schema: Value) -> Value {
        let content = json!({"application/json": {"schema": schema}});
        let mut document = json!({
            "paths": {"/a": {"post": {"requestBody": {"content": content}}}},
            "components": {"schemas": {
                "loop": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/loop"}}},
                "site": {"type": "string", "example": "my-store"},
            }},
        });
        add_examples(&mut document);
        document["paths"]["/a"]["post"]["requestBody"]["content"]["application/json"]["example"].take()
    }

    #[test]
    fn contains_the_properties_for_which_a_value_is_found() {
        let schema = json!({
            "allOf": [{"type": "object", "properties": {"id": {"type": "integer"}}}],
            "properties": {
                "email": {"type": "string", "format": "email", "example": "text"},
                "uuid": {"type": "string", "format": "uuid"},
                "site": {"oneOf": [{"$ref": "#/components/schemas/site"}, {"type": "object", "nullable": true, "enum": [null]}]},
                "amounts": {"type": "array", "items": {"type": "string", "format": "decimal"}},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "percentage": {"type": "integer", "maximum": 0},
                "parent": {"$ref": "#/components/schemas/loop"},
                "more": {"type": "object", "additionalProperties": {"type": "string"}, "example": {"color": "green"}},
            },
        });
        let expected = json!({
            "id": 1, "email": "jane@example.com", "uuid": "6f0cbb60-33ad-4b4a-8c5f-6a4d1f0a0001", "site": "my-store",
            "amounts": ["10.5"], "kind": "a", "parent": {}, "more": {"color": "green"},
        });
        assert_eq!(example(schema), expected);
    }

    #[test]
    fn a_schema_without_a_value_of_a_required_property_gets_no_example() {
        let schema = json!({"properties": {"code": {"type": "string", "pattern": "^[A-Z]+$"}}, "required": ["code"]});
        assert_eq!(example(schema), Value::Null);
    }
}
