//! Replaces the placeholders in the examples of a transcribed document by plausible values.

use serde_json::Value;

use crate::emit::examples::known_text;
use crate::openapi::example::{PLACEHOLDER, is_placeholder};
use crate::openapi::walk::{walk, walk_schemas};

/// Replaces the placeholders in the examples of bodies, and removes the examples of schemas that are placeholders or that differ from
/// the example of their parameter.
pub(super) fn replace_placeholders(document: &mut Value) {
    walk_schemas(document, &mut |_, schema| {
        if schema.get("example").is_some_and(is_placeholder)
            && let Some(entries) = schema.as_object_mut()
        {
            entries.shift_remove("example");
        }
    });
    walk(document, &mut |_, entries| {
        let has_example = ["example", "examples"].iter().any(|key| entries.contains_key(*key));
        if has_example
            && entries.contains_key("in")
            && let Some(Value::Object(schema)) = entries.get_mut("schema")
        {
            schema.shift_remove("example");
        }
        for media in
            entries.get_mut("content").and_then(Value::as_object_mut).into_iter().flat_map(|it| it.values_mut())
        {
            if let Some(example) = media.get_mut("example") {
                replace(example, "");
            }
            for example in
                media.get_mut("examples").and_then(Value::as_object_mut).into_iter().flat_map(|it| it.values_mut())
            {
                example.get_mut("value").into_iter().for_each(|value| replace(value, ""));
            }
        }
    });
}

/// Replaces the placeholders in an example, and numbers the objects of its lists. `name` is the name of the property.
fn replace(example: &mut Value, name: &str) {
    match example {
        Value::String(text) if text == PLACEHOLDER => {
            if let Some(known) = known_text(name) {
                known.clone_into(text);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                if let Some(id @ Value::Number(_)) = item.get_mut("id") {
                    *id = (index + 1).into();
                }
                replace(item, name);
            }
        }
        Value::Object(entries) => entries.iter_mut().for_each(|(key, value)| replace(value, key)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn replaces_placeholders_and_numbers_the_items_of_lists() {
        let items = json!([{"id": 1, "first_name": "text", "note": "text"}, {"id": 1, "first_name": "text"}]);
        let mut document = json!({"paths": {"/a": {"get": {
            "parameters": [{"name": "day", "in": "query", "example": "2026-01-31", "schema": {"type": "string", "example": "2026-01-02"}}],
            "responses": {"200": {"content": {"application/json": {
                "example": {"people": items},
                "schema": {"type": "string", "example": "text"},
            }}}},
        }}}});
        replace_placeholders(&mut document);
        let operation = &document["paths"]["/a"]["get"];
        assert_eq!(operation["parameters"][0]["schema"], json!({"type": "string"}));
        let media = &operation["responses"]["200"]["content"]["application/json"];
        assert_eq!(media["schema"], json!({"type": "string"}));
        let expected = json!([{"id": 1, "first_name": "Jane", "note": "text"}, {"id": 2, "first_name": "Jane"}]);
        assert_eq!(media["example"]["people"], expected);
    }
}
