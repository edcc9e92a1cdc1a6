//! Widens request schemas to accept the same values as the API, and limits the length of strings.

use serde_json::{Map, Value, json};

/// The maximum length of a string. This is the usual size of a database column.
const MAX_TEXT: u64 = 255;

/// The names of the fields that are not limited to [`MAX_TEXT`]. They contain prose, URLs or lists.
const LONG_TEXTS: &[&str] = &["body", "description", "image_url", "recipients", "subject", "url"];

pub(crate) const MAX_CUSTOM_PROPERTIES: usize = 100;

pub(super) fn widen(schema: Value) -> Value {
    schema_of("", schema)
}

/// Returns a copy of a body's schema that rejects undeclared fields in `data`.
pub(super) fn closed(body: &Value) -> Value {
    let data = &body["properties"]["data"];
    let data = data["allOf"].get(0).unwrap_or(data);
    let names = data["properties"].as_object().into_iter().flatten().map(|(name, _)| (name.clone(), json!({})));
    json!({ "properties": names.collect::<Map<_, _>>(), "additionalProperties": false })
}

fn schema_of(name: &str, schema: Value) -> Value {
    let Value::Object(mut keywords) = schema else {
        return schema;
    };
    for (keyword, value) in &mut keywords {
        *value = match (keyword.as_str(), value.take()) {
            ("properties", Value::Object(properties)) => {
                properties.into_iter().map(|(name, schema)| (name.clone(), schema_of(&name, schema))).collect()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.into_iter().map(|schema| schema_of(name, schema)).collect()
            }
            ("items", schema) => schema_of("", schema),
            (_, other) => other,
        };
    }
    widen_type(name, &mut keywords);
    require_content(&mut keywords);
    Value::Object(keywords)
}

/// Rejects empty strings in required properties. E-mail addresses are exempt, because the check of their format reports
/// a better error.
fn require_content(keywords: &mut Map<String, Value>) {
    let required = keywords.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = keywords.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (_, schema) in properties.iter_mut().filter(|(name, _)| required.iter().any(|entry| entry == *name)) {
        if let Some(schema) = schema.as_object_mut().filter(|schema| schema.get("format") != Some(&json!("email"))) {
            schema.insert("minLength".to_owned(), json!(1));
        }
    }
}

fn widen_type(name: &str, keywords: &mut Map<String, Value>) {
    let word = |keyword| keywords.get(keyword).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (kind, format) = (word("type"), word("format"));
    let widened = match (kind.as_str(), format.as_str()) {
        ("string", "id") => json!(["string", "number"]),
        ("number", "decimal") => json!(["number", "string"]),
        ("string", _) if name == "campaign_tags" => json!(["string", "array"]),
        ("boolean", _) => {
            // Forms and old clients send booleans as strings or numbers.
            keywords.clear();
            keywords.insert("enum".to_owned(), json!([true, false, "true", "false", "1", "0", 1, 0]));
            return;
        }
        ("object", _) if keywords.contains_key("additionalProperties") => {
            let text = json!({ "type": ["string", "number", "boolean"], "maxLength": MAX_TEXT });
            keywords.insert("additionalProperties".to_owned(), text);
            keywords.insert("maxProperties".to_owned(), MAX_CUSTOM_PROPERTIES.into());
            keywords.insert("propertyNames".to_owned(), json!({ "pattern": "^[a-z_][a-z0-9_]{0,63}$" }));
            return;
        }
        _ => json!(kind),
    };
    if kind == "string" && !keywords.contains_key("enum") && !LONG_TEXTS.contains(&name) {
        keywords.insert("maxLength".to_owned(), MAX_TEXT.into());
    }
    if !kind.is_empty() {
        keywords.insert("type".to_owned(), widened);
    }
}
