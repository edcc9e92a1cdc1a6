//! Describes null strictly in OpenAPI 3.0.3, where `nullable` only has an effect next to a `type`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::named::SCHEMAS;
use crate::openapi::walk::walk_schemas;
use crate::source::document::escape;

type JsonObject = Map<String, Value>;

/// The keywords that combine schemas.
const COMBINATIONS: [&str; 4] = ["$ref", "allOf", "oneOf", "anyOf"];

/// The keywords that are annotations, so that they apply to the value even if it is null.
const ANNOTATIONS: [&str; 9] =
    ["title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "externalDocs"];

/// Rewrites every schema with `nullable` so that it accepts null.
pub(super) fn describe_nulls(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let schemas: Vec<_> = schemas.map(|(name, schema)| (format!("#{SCHEMAS}{}", escape(name)), schema)).collect();
    let is_text = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "string");
    let texts = schemas.iter().filter(|(_, schema)| is_text(schema)).map(|(reference, _)| reference.clone()).collect();
    let mut targets = Targets { texts, nullable: HashSet::new() };
    loop {
        let before = targets.nullable.len();
        for (reference, schema) in &schemas {
            if targets.accepts_null(schema) {
                targets.nullable.insert(reference.clone());
            }
        }
        // A component can accept null because of a reference to another one.
        if targets.nullable.len() == before {
            break;
        }
    }
    walk_schemas(document, &mut |_, schema| {
        if let Some(schema) = schema.as_object_mut().filter(|schema| schema.get("nullable") == Some(&json!(true))) {
            targets.rewrite(schema);
        }
    });
}

/// The references to components that are strings, and to components that accept null.
struct Targets {
    texts: HashSet<String>,
    nullable: HashSet<String>,
}

impl Targets {
    /// Returns whether a schema accepts null after it was rewritten.
    fn accepts_null(&self, schema: &Value) -> bool {
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.nullable.contains(reference);
        }
        if schema.get("nullable") == Some(&json!(true)) {
            return true;
        }
        if let Some(branches) = list("oneOf").or_else(|| list("anyOf")) {
            return branches.iter().any(|branch| self.accepts_null(branch));
        }
        match list("allOf") {
            Some(parts) => parts.iter().all(|part| self.accepts_null(part)),
            None => schema.get("type").is_none() && list("enum").is_none_or(|values| values.contains(&Value::Null)),
        }
    }

    /// Rewrites one schema with `nullable: true`.
    fn rewrite(&self, schema: &mut JsonObject) {
        if COMBINATIONS.iter().any(|key| schema.contains_key(*key)) {
            schema.shift_remove("nullable");
            let (annotations, value): (JsonObject, JsonObject) =
                std::mem::take(schema).into_iter().partition(|(key, _)| is_annotation(key));
            let only =
                value.get("allOf").and_then(Value::as_array).filter(|parts| value.len() == 1 && parts.len() == 1);
            let only = only.and_then(|parts| parts.first()).cloned();
            let value = only.unwrap_or(Value::Object(value));
            if self.accepts_null(&value) {
                // With a null branch, null would match two branches.
                schema.insert("allOf".to_owned(), json!([value]));
            } else {
                // A null branch has a type because `nullable` needs one. It differs from the type of `value`, so that generators
                // treat the branches as disjoint. openapi-generator and progenitor misread an `anyOf` with null.
                let reference = value.get("$ref").and_then(Value::as_str);
                let is_text = reference.is_some_and(|reference| self.texts.contains(reference));
                let kind = if is_text { "object" } else { "string" };
                schema.insert("oneOf".to_owned(), json!([value, {"type": kind, "nullable": true, "enum": [null]}]));
            }
            schema.extend(annotations);
            return;
        }
        if let Some(Value::Array(values)) = schema.get_mut("enum")
            && !values.contains(&Value::Null)
        {
            values.push(Value::Null);
        }
        if !schema.contains_key("type") {
            // A schema without a type accepts null, unless its enum excludes null.
            schema.shift_remove("nullable");
        }
    }
}

/// Returns whether a keyword is an annotation.
pub(super) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}
