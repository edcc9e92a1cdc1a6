//! Adds examples of JSON request bodies that have none, such as those of the webhooks, with a value in every property.

use serde_json::{Map, Value, json};

use crate::emit::examples;
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
        let mut example = Example { document, depth: 0, values: 0 };
        let schema = document.pointer(&pointer).and_then(|media| media.get("schema"));
        let value = schema.and_then(|schema| example.value(schema, ""));
        if let (Some(value), Some(Value::Object(media))) = (value, document.pointer_mut(&pointer)) {
            media.insert("example".to_owned(), value);
        }
    }
}

struct Example<'a> {
    document: &'a Value,
    depth: usize,
    values: usize,
}

impl Example<'_> {
    /// Returns a value of a schema, or `None` if a limit is reached. `name` is the name of the property that contains the value.
    fn value(&mut self, schema: &Value, name: &str) -> Option<Value> {
        self.values += 1;
        if self.values > MAX_VALUES || self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.of_schema(schema, name);
        self.depth -= 1;
        value
    }

    fn of_schema(&mut self, schema: &Value, name: &str) -> Option<Value> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.value(self.document.pointer(&local(reference)?)?, name);
        }
        let list = |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let known = list("enum").iter().chain(list("x-extensible-enum")).next();
        if let Some(value) = known {
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
        let example = schema.get("example").filter(|example| **example != json!("text"));
        Some(match schema.get("type").and_then(Value::as_str) {
            Some("string") => json!(text(schema, name, example)),
            Some("integer") => json!(examples::integer(name)),
            Some("number") => json!(10.5),
            Some("boolean") => json!(true),
            Some("array") => json!([self.value(schema.get("items")?, name)?]),
            _ => {
                let properties = schema.get("properties").and_then(Value::as_object);
                for (key, property) in properties.into_iter().flatten() {
                    members.insert(key.clone(), self.value(property, key)?);
                }
                match example {
                    Some(Value::Object(example)) if members.is_empty() => json!(example),
                    _ => Value::Object(members),
                }
            }
        })
    }
}

/// Returns a value of a string schema.
fn text(schema: &Value, name: &str, example: Option<&Value>) -> String {
    let text = examples::text(name);
    match (schema.get("format").and_then(Value::as_str), example.and_then(Value::as_str)) {
        (Some("date"), _) => "2026-01-31".to_owned(),
        (Some("date-time"), _) => "2026-01-31T12:00:00.000-08:00".to_owned(),
        (Some("decimal"), _) => "10.5".to_owned(),
        // The name of the property says nothing about the value.
        (_, Some(example)) if text == name => example.to_owned(),
        _ => text,
    }
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
    fn contains_a_value_of_every_property() {
        let schema = json!({
            "allOf": [{"type": "object", "properties": {"id": {"type": "integer"}}}],
            "properties": {
                "email": {"type": "string", "format": "email", "example": "person@example.com"},
                "site": {"oneOf": [{"$ref": "#/components/schemas/site"}, {"type": "object", "nullable": true, "enum": [null]}]},
                "amounts": {"type": "array", "items": {"type": "string", "format": "decimal"}},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "more": {"type": "object", "additionalProperties": {"type": "string"}, "example": {"color": "green"}},
            },
        });
        let expected = json!({
            "id": 1, "email": "jane@example.com", "site": "my-store", "amounts": ["10.5"], "kind": "a", "more": {"color": "green"},
        });
        assert_eq!(example(schema), expected);
    }

    #[test]
    fn a_schema_that_contains_itself_gets_no_example() {
        assert_eq!(example(json!({"$ref": "#/components/schemas/loop"})), Value::Null);
    }
}
