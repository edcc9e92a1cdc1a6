//! Changes the schemas that contradict examples, and describes each contradiction.

use serde_json::{Value, json};

use super::Contradictions;
use crate::Diagnostic;
use crate::describe::infer::maps::{MapKeys, with_maps};
use crate::describe::infer::record_types::Records;
use crate::describe::infer::schema;
use crate::describe::infer::shape::Shape;
use crate::openapi::reach::Reach;
use crate::source::document::Document;

impl Contradictions {
    pub(super) fn apply(self, document: &mut Document, requests: &Reach) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let value = &mut document.value;
        for ((pointer, key), (shapes, levels)) in self.unknown {
            let place = value.pointer_mut(&pointer).and_then(Value::as_object_mut);
            let Some(owner) = place.filter(|_| !self.untyped.contains(&pointer)) else { continue };
            let Some(properties) = owner.entry("properties").or_insert_with(|| json!({})).as_object_mut() else {
                continue;
            };
            let shape = with_maps(&key, Shape::all(shapes), &MapKeys::default());
            let mut property = schema(&shape, "", &key, &Records::default(), levels);
            if requests.contains(&pointer) {
                property["readOnly"] = true.into();
            }
            properties.insert(key.clone(), property);
            owner.entry("type").or_insert_with(|| "object".into());
            let message = format!("an example has the property `{key}`, which its schema lacks");
            found.push(Diagnostic::left_out(message).at(pointer).note("the property is inferred from the examples"));
        }
        for ((pointer, key), is_read_only) in self.absent {
            let message = format!("an example has no value for `{key}`, which its schema requires");
            if requests.contains(&pointer) && !is_read_only {
                found.push(shared(message, pointer));
            } else if let Some(owner) = value.pointer_mut(&pointer).and_then(Value::as_object_mut)
                && let Some(required) = owner.get_mut("required").and_then(Value::as_array_mut)
            {
                required.retain(|name| name != key.as_str());
                if required.is_empty() {
                    owner.remove("required");
                }
                found.push(Diagnostic::left_out(message).at(pointer).note("the property becomes optional"));
            }
        }
        for pointer in self.formats {
            let Some(schema) = value.pointer_mut(&pointer).and_then(Value::as_object_mut) else { continue };
            let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
            let message = format!("an example is not in the format `{format}`");
            if requests.contains(&pointer) {
                found.push(shared(message, pointer));
            } else {
                schema.remove("format");
                found.push(Diagnostic::left_out(message).at(pointer).note("the value is read as a plain string"));
            }
        }
        for pointer in self.nulls {
            let message = "an example has null in this list or map".to_owned();
            if requests.contains(&pointer) {
                found.push(shared(message, pointer));
            } else if let Some(schema) = value.pointer_mut(&pointer) {
                *schema = nullable(schema.take());
                found.push(Diagnostic::left_out(message).at(pointer).note("its values can be null"));
            }
        }
        for (pointer, ty) in self.types {
            let warning = Diagnostic::warning(format!("an example is {ty}, which its schema excludes")).at(pointer);
            let warning = warning.note("responses like the example can't be decoded");
            found.push(warning.help("with an overlay action, correct the schema or the example"));
        }
        found.into_iter().map(|diagnostic| document.locate(diagnostic)).collect()
    }
}

/// Warns about a contradiction in a schema of requests and responses.
fn shared(message: String, pointer: String) -> Diagnostic {
    let warning = Diagnostic::warning(message).at(pointer);
    let warning = warning
        .note("the schema stays the same because requests have it too")
        .note("responses like the example can't be decoded");
    warning.help("with an overlay action, correct the schema or give the response its own schema")
}

fn nullable(schema: Value) -> Value {
    match schema {
        Value::Object(inner) if inner.contains_key("$ref") => json!({"allOf": [inner], "nullable": true}),
        Value::Object(mut inner) => {
            inner.insert("nullable".to_owned(), true.into());
            inner.into()
        }
        other => other,
    }
}
