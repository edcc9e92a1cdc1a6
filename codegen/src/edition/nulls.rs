//! Describes null strictly in OpenAPI 3.0.3, where `nullable` only has an effect next to a `type`.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::named::SCHEMAS;
use crate::openapi::walk::walk_schemas;

type JsonObject = Map<String, Value>;

/// The keywords that combine schemas.
const COMBINATIONS: [&str; 4] = ["$ref", "allOf", "oneOf", "anyOf"];

/// The keywords that are annotations, so that they apply to the value even if it is null.
const ANNOTATIONS: [&str; 8] =
    ["title", "description", "default", "example", "deprecated", "readOnly", "writeOnly", "externalDocs"];

/// Rewrites every schema with `nullable` so that it accepts null.
pub(super) fn describe_nulls(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let texts = schemas.filter(|(_, schema)| schema.get("type").is_some_and(|kind| kind == "string"));
    let texts: HashSet<String> = texts.map(|(name, _)| format!("#{SCHEMAS}{name}")).collect();
    walk_schemas(document, &mut |_, schema| {
        if let Some(schema) = schema.as_object_mut().filter(|schema| schema.get("nullable") == Some(&json!(true))) {
            nullable(schema, &texts);
        }
    });
}

/// Rewrites one schema with `nullable: true`. `texts` contains the references to strings.
fn nullable(schema: &mut JsonObject, texts: &HashSet<String>) {
    if COMBINATIONS.iter().any(|key| schema.contains_key(*key)) {
        schema.shift_remove("nullable");
        let (annotations, mut value): (JsonObject, JsonObject) =
            std::mem::take(schema).into_iter().partition(|(key, _)| is_annotation(key));
        let only = value.get("allOf").and_then(Value::as_array).filter(|_| value.len() == 1);
        if let Some([Value::Object(only)]) = only.map(Vec::as_slice) {
            value = only.clone();
        }
        // Some generators can't read an `anyOf` here. A null branch has a type because of `nullable`. The type differs from that of
        // the other branch, so that tools see that no value satisfies both.
        let is_text = value.get("$ref").and_then(Value::as_str).is_some_and(|reference| texts.contains(reference));
        let kind = if is_text { "object" } else { "string" };
        schema.insert("oneOf".to_owned(), json!([value, {"type": kind, "nullable": true, "enum": [null]}]));
        schema.extend(annotations);
    } else if !schema.contains_key("type") {
        // A schema without a type accepts null anyway.
        schema.shift_remove("nullable");
    } else if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}
