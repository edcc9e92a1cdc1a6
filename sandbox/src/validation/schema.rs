//! Converts OpenAPI 3.0 schemas to JSON Schema: references are inlined, and `nullable` becomes the `null` type.

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
    let converted = Value::Object(converted);
    if keywords.get("nullable") == Some(&Value::Bool(true)) {
        return json!({ "anyOf": [{ "type": "null" }, converted] });
    }
    converted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_becomes_a_type() {
        let document = json!({ "components": { "schemas": { "name": { "type": "string", "example": "text" } } } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/name" }], "nullable": true });
        let expected = json!({ "anyOf": [{ "type": "null" }, { "allOf": [{ "type": "string" }] }] });
        assert_eq!(json_schema(&document, &schema), expected);
    }

    #[test]
    fn keeps_properties_named_like_keywords() {
        let schema = json!({ "properties": { "description": { "type": "string", "description": "Some text." } } });
        let expected = json!({ "properties": { "description": { "type": "string" } } });
        assert_eq!(json_schema(&Value::Null, &schema), expected);
    }
}
