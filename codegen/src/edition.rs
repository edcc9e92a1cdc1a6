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

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::openapi::walk::{operations, walk_schemas};
pub use code_samples::Samples;
pub use openapi_3_1::openapi_3_1;

/// Returns the OpenAPI 3.0.3 edition of a complete description. `types` contains the type name of each schema in the bindings, by
/// pointer.
#[must_use]
pub fn openapi_3_0(description: &Value, types: &BTreeMap<String, String>, samples: Samples<'_>) -> Value {
    let mut document = description.clone();
    named::name_schemas(&mut document, types);
    nulls::describe_nulls(&mut document);
    walk_schemas(&mut document, &mut |_, schema| simplify(schema));
    examples::add_examples(&mut document);
    placeholders::replace_placeholders(&mut document);
    one_tag(&mut document);
    code_samples::add_samples(&mut document, samples);
    sort(&mut document);
    document
}

/// Turns the enums of the webhooks into open enums, because new values can appear at any time.
pub fn open_enums(webhooks: &mut Value) {
    walk_schemas(webhooks, &mut |_, schema| {
        let Some(schema) = schema.as_object_mut().filter(|schema| schema.get("type").is_some_and(|it| it == "string"))
        else {
            return;
        };
        if let Some(Value::Array(mut values)) = schema.get("enum").cloned() {
            values.retain(|value| !value.is_null());
            if values.len() > 1 {
                schema.shift_remove("enum");
                schema.entry("x-extensible-enum").or_insert(values.into());
            }
        }
    });
}

/// Removes an `allOf` around a reference without siblings. Adds the format `int64` to integers, because generators default to 32
/// bits, which is too small for an ID.
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

/// Removes all tags of an operation but the first one, because openapi-generator generates an operation once per tag. Removes the
/// tags that no operation has any more.
fn one_tag(document: &mut Value) {
    let mut used = BTreeSet::new();
    let pointers: Vec<_> = operations(document).into_iter().map(|(pointer, ..)| pointer).collect();
    for pointer in pointers {
        let tags = document.pointer_mut(&pointer).and_then(|operation| operation.get_mut("tags")?.as_array_mut());
        let Some(tags) = tags else { continue };
        tags.truncate(1);
        used.extend(tags.iter().filter_map(Value::as_str).map(str::to_owned));
    }
    if let Some(Value::Array(tags)) = document.get_mut("tags") {
        tags.retain(|tag| tag.get("name").and_then(Value::as_str).is_some_and(|name| used.contains(name)));
    }
}

/// Sorts the keys of the document and of its operations, so that the parts that introduce the others come first.
fn sort(document: &mut Value) {
    const ROOT: &[&str] = &["openapi", "info", "servers", "security", "tags", "paths"];
    const OPERATION: &[&str] = &["tags", "operationId", "summary", "description", "parameters", "requestBody"];
    let pointers: Vec<_> = operations(document).into_iter().map(|(pointer, ..)| pointer).collect();
    for (pointer, order) in pointers.into_iter().map(|pointer| (pointer, OPERATION)).chain([(String::new(), ROOT)]) {
        if let Some(Value::Object(entries)) = document.pointer_mut(&pointer) {
            let first = order.iter().filter_map(|key| Some(((*key).to_owned(), entries.shift_remove(*key)?)));
            let first: Map<String, Value> = first.collect();
            let rest = std::mem::replace(entries, first);
            entries.extend(rest);
        }
    }
}

#[cfg(test)]
mod tests;
