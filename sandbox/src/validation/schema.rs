//! Converts OpenAPI 3.0 schemas to JSON Schema: references are inlined, and `nullable` becomes a second type. Also widens
//! request schemas to accept the same values as the API, and limits the length of strings.

use serde_json::{Map, Value, json};

/// The depth at which recursive schemas are cut off. No other schema in the description is nested as deeply.
const MAX_DEPTH: usize = 40;

pub(crate) fn json_schema(document: &Value, schema: &Value) -> Value {
    convert(document, schema, MAX_DEPTH)
}

/// Follows a reference; returns other values unchanged.
pub(crate) fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

fn convert(document: &Value, schema: &Value, depth: usize) -> Value {
    let Some(below) = depth.checked_sub(1) else {
        return json!({});
    };
    let Some(keywords) = resolve(document, schema).as_object() else {
        return schema.clone();
    };
    let mut converted = Map::new();
    for (keyword, value) in keywords {
        let value = match (keyword.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                properties.iter().map(|(name, schema)| (name.clone(), convert(document, schema, below))).collect()
            }
            ("allOf" | "anyOf" | "oneOf", Value::Array(schemas)) => {
                schemas.iter().map(|schema| convert(document, schema, below)).collect()
            }
            ("items" | "additionalProperties" | "not", Value::Object(_)) => convert(document, value, below),
            ("nullable" | "example" | "description" | "discriminator" | "deprecated", _) => continue,
            _ => value.clone(),
        };
        converted.insert(keyword.clone(), value);
    }
    // Without a type in the same schema, `nullable` has no effect.
    if let (Some(Value::Bool(true)), Some(kind)) = (keywords.get("nullable"), converted.get_mut("type")) {
        *kind = json!([kind.take(), "null"]);
    }
    Value::Object(converted)
}

/// The maximum length of a string: the usual size of a text column in a database.
const MAX_TEXT: u64 = 255;

/// The names of the fields that are not limited to [`MAX_TEXT`]. They contain prose, URLs or lists.
const LONG_TEXTS: &[&str] = &["body", "description", "image_url", "recipients", "subject", "url"];

/// The names of the identifiers that can also be sent as numbers.
const IDENTIFIERS: &[&str] = &["customer_id", "event_number", "order_number", "product_id"];

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

/// Rejects empty strings in required properties, except e-mail addresses, whose format check reports a better error.
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
        ("string", _) if IDENTIFIERS.contains(&name) => json!(["string", "number"]),
        ("number", "decimal") => json!(["number", "string"]),
        ("integer", _) => {
            keywords.insert("pattern".to_owned(), json!(r"^\s*-?\d{1,18}\s*$"));
            json!(["integer", "string"])
        }
        ("string", _) if name == "campaign_tags" => json!(["string", "array"]),
        ("boolean", _) => {
            // Accept strings and numbers as well, because forms and old clients send booleans in these formats.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_needs_a_type_in_the_same_schema() {
        let document = json!({ "components": { "schemas": { "name": { "type": "string", "example": "text" } } } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/name" }], "nullable": true });
        assert_eq!(json_schema(&document, &schema), json!({ "allOf": [{ "type": "string" }] }));
        let schema = json!({ "type": "string", "enum": ["a", null], "nullable": true });
        assert_eq!(json_schema(&document, &schema), json!({ "type": ["string", "null"], "enum": ["a", null] }));
    }

    #[test]
    fn keeps_properties_named_like_keywords() {
        let schema = json!({ "properties": { "description": { "type": "string", "description": "Some text." } } });
        let expected = json!({ "properties": { "description": { "type": "string" } } });
        assert_eq!(json_schema(&Value::Null, &schema), expected);
    }
}
