//! From the schemas of OpenAPI 3.0 to those of JSON Schema: references are put in, and `nullable` becomes a type.

use serde_json::{Map, Value, json};

/// Deeper than any schema of the description nests. A schema within itself ends here.
const DEEPEST: usize = 40;

/// The schema on its own, as JSON Schema understands it.
pub(crate) fn standalone(document: &Value, schema: &Value) -> Value {
    convert(document, schema, DEEPEST)
}

/// What a reference points at; anything else as it is.
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
    fn null_is_one_of_the_types() {
        let document = json!({ "components": { "schemas": { "name": { "type": "string", "example": "text" } } } });
        let schema = json!({ "allOf": [{ "$ref": "#/components/schemas/name" }], "nullable": true });
        let expected = json!({ "anyOf": [{ "type": "null" }, { "allOf": [{ "type": "string" }] }] });
        assert_eq!(standalone(&document, &schema), expected);
    }

    #[test]
    fn a_property_may_have_the_name_of_a_keyword() {
        let schema = json!({ "properties": { "description": { "type": "string", "description": "Words." } } });
        let expected = json!({ "properties": { "description": { "type": "string" } } });
        assert_eq!(standalone(&Value::Null, &schema), expected);
    }
}
