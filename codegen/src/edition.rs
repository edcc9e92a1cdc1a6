//! Writes a complete description in the form in which it is published, so that other tools can read it without special cases.
//!
//! The stages use a form of OpenAPI 3.0 that is easy to transform: inline schemas, and `nullable` next to a reference. A published
//! edition is strictly valid. It names every object, union and enum, describes null in the way of its OpenAPI version, and contains
//! an example of every JSON request.

mod code_samples;
mod examples;
mod mapping;
mod named;
mod naming;
mod nulls;
mod openapi_3_1;
mod placeholders;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::openapi::walk::{walk, walk_schemas};

/// Returns the OpenAPI 3.0.3 edition of a complete description. `types` contains the type name of each schema in the bindings, by
/// pointer. `samples` contains Rust code that calls each operation, by `operationId`.
#[must_use]
pub fn openapi_3_0(description: &Value, types: &BTreeMap<String, String>, samples: &BTreeMap<String, String>) -> Value {
    let mut document = description.clone();
    named::name_schemas(&mut document, types);
    nulls::describe_nulls(&mut document);
    walk_schemas(&mut document, &mut |_, schema| simplify(schema));
    examples::add_examples(&mut document);
    placeholders::replace_placeholders(&mut document);
    walk(&mut document, &mut |_, entries| {
        // Generators write an operation with several tags several times. The first tag is that of the resource.
        if let (true, Some(Value::Array(tags))) = (entries.contains_key("responses"), entries.get_mut("tags")) {
            tags.truncate(1);
        }
    });
    code_samples::add_samples(&mut document, samples);
    document
}

/// Returns the OpenAPI 3.1 edition: the OpenAPI 3.0 editions of the API and of the webhooks in one document. `kinds` contains the
/// kind of each webhook, by path.
#[must_use]
pub fn openapi_3_1(api: Value, webhooks: Value, kinds: &BTreeMap<String, String>) -> Value {
    openapi_3_1::merged(api, webhooks, kinds)
}

/// Removes an `allOf` around a reference without siblings, and states the size of integers: some generators use 32 bits otherwise,
/// which is too small for an ID.
fn simplify(schema: &mut Value) {
    let Some(entries) = schema.as_object_mut() else { return };
    if entries.get("type").is_some_and(|kind| kind == "integer") && !entries.contains_key("format") {
        entries.insert("format".to_owned(), "int64".into());
    }
    if let (1, Some(Value::Array(parts))) = (entries.len(), entries.get("allOf"))
        && let [only] = parts.as_slice()
    {
        *schema = only.clone();
    }
}

#[cfg(test)]
mod tests;
