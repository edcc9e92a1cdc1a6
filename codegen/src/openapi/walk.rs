//! Visits the OpenAPI objects in a document, and skips data, such as examples.
//!
//! Whether a key is a keyword depends on its location: `description` is a keyword in an OpenAPI object, but it can also be a
//! property name or a key in an example.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::openapi::node::local;
use crate::openapi::words::{type_name, words};
use crate::source::document::{child, escape, with_child};

/// The keywords whose values are objects with names as keys.
pub(crate) const NAME_MAPS: [&str; 16] = [
    "properties",
    "patternProperties",
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
    "links",
    "callbacks",
    "content",
    "encoding",
    "paths",
    "mapping",
    "variables",
    "scopes",
];

/// The keywords whose values are data, not OpenAPI objects.
const DATA: [&str; 5] = ["example", "examples", "default", "enum", "const"];

/// Returns whether the value of a keyword is data, not an OpenAPI object.
pub(crate) fn holds_data(key: &str) -> bool {
    DATA.contains(&key) || key.starts_with("x-")
}

/// Calls `visit` with the pointer and the entries of every OpenAPI object, parents before children.
pub fn walk(value: &mut Value, visit: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    step(value, &mut String::new(), false, visit);
}

/// Visits a value and its children. `names` is true if the keys of the value are names instead of keywords.
fn step(value: &mut Value, pointer: &mut String, names: bool, visit: &mut impl FnMut(&str, &mut Map<String, Value>)) {
    match value {
        Value::Object(map) => {
            if !names {
                visit(pointer, map);
            }
            for (key, value) in map.iter_mut() {
                if !names && holds_data(key) {
                    continue;
                }
                let names = !names && NAME_MAPS.contains(&key.as_str()) && value.is_object();
                with_child(pointer, key, |pointer| step(value, pointer, names, visit));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                with_child(pointer, &index.to_string(), |pointer| step(item, pointer, false, visit));
            }
        }
        _ => {}
    }
}

/// Calls `visit` with every schema and its pointer, parents before children.
pub(crate) fn walk_schemas(value: &mut Value, visit: &mut impl FnMut(&str, &mut Value)) {
    search(value, &mut String::new(), false, visit);
}

/// Searches for schemas in a value that is not a schema itself.
fn search(value: &mut Value, pointer: &mut String, names: bool, visit: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                with_child(pointer, key, |pointer| match key.as_str() {
                    _ if names => search(value, pointer, false, visit),
                    "schema" => schema(value, pointer, visit),
                    "schemas" => each(value, pointer, visit),
                    key if holds_data(key) => {}
                    key => search(value, pointer, NAME_MAPS.contains(&key), visit),
                });
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                with_child(pointer, &index.to_string(), |pointer| search(item, pointer, false, visit));
            }
        }
        _ => {}
    }
}

fn schema(value: &mut Value, pointer: &mut String, visit: &mut impl FnMut(&str, &mut Value)) {
    visit(pointer, value);
    for (key, value) in value.as_object_mut().into_iter().flatten() {
        with_child(pointer, key, |pointer| match key.as_str() {
            "properties" | "allOf" | "oneOf" | "anyOf" => each(value, pointer, visit),
            "items" | "not" => schema(value, pointer, visit),
            "additionalProperties" if !value.is_boolean() => schema(value, pointer, visit),
            _ => {}
        });
    }
}

/// Visits the schemas in an array or in a map of named schemas.
fn each(value: &mut Value, pointer: &mut String, visit: &mut impl FnMut(&str, &mut Value)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                with_child(pointer, key, |pointer| schema(value, pointer, visit));
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                with_child(pointer, &index.to_string(), |pointer| schema(item, pointer, visit));
            }
        }
        _ => {}
    }
}

/// The keys of the operations in a path item.
pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Returns the operations of a document, in document order: the pointer, path, method and entries of each.
pub fn operations(document: &Value) -> Vec<(String, &str, &str, &Map<String, Value>)> {
    let paths = document.get("paths").and_then(Value::as_object);
    let items = paths.into_iter().flatten();
    items
        .filter(|(path, _)| !path.starts_with("x-"))
        .flat_map(|(path, item)| {
            let entries = item.as_object().into_iter().flatten();
            entries.filter_map(move |(method, operation)| {
                let operation = operation.as_object()?;
                let method = METHODS.iter().find(|known| *known == method)?;
                let pointer = child(&child("/paths", path), method);
                Some((pointer, path.as_str(), *method, operation))
            })
        })
        .collect()
}

/// Adds the pointers in all references inside a value to `found`.
pub(crate) fn references(value: &Value, found: &mut impl Extend<String>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("$ref").and_then(Value::as_str).and_then(local));
            let mapping = entries.get("discriminator").and_then(|it| it.get("mapping")?.as_object());
            // A target without `#` is the name of a schema.
            let pointer =
                |target: &str| local(target).unwrap_or_else(|| format!("/components/schemas/{}", escape(target)));
            found.extend(mapping.into_iter().flatten().filter_map(|(_, target)| Some(pointer(target.as_str()?))));
            entries.values().for_each(|inner| references(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, found)),
        _ => {}
    }
}

/// Returns the pointer to the component that contains a place, or the whole pointer if it has at most three steps.
pub(crate) fn component_around(pointer: &str) -> &str {
    let end = pointer.match_indices('/').nth(3).map_or(pointer.len(), |(index, _)| index);
    pointer.get(..end).unwrap_or(pointer)
}

/// Returns the type names of all components, including components to which a reference points although they do not exist.
pub(crate) fn component_types(document: &Value) -> BTreeSet<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let mut pointers = Vec::new();
    references(document, &mut pointers);
    let referenced = pointers.iter().filter_map(|pointer| pointer.strip_prefix("/components/schemas/"));
    schemas.map(|(name, _)| name.as_str()).chain(referenced).map(|name| type_name(&words(name))).collect()
}

/// Derives the prefix of an operation's type names from its `operationId`, or else from its method and path.
pub fn operation_name(operation: &Map<String, Value>, method: &str, path: &str) -> String {
    let id = operation.get("operationId").and_then(Value::as_str).filter(|id| !id.is_empty());
    type_name(&words(id.unwrap_or(&format!("{method} {path}"))))
}
