//! Makes components of the data of requests, and prepares references for descriptions.
//!
//! The component of an operation's data is named after the operation, so that the overlay can rename and describe it and other
//! operations can refer to it. A property that is a bare `$ref` becomes an `allOf` of the reference, because OpenAPI 3.0 ignores a
//! description next to `$ref`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::walk::{operation_name, operations, walk};
use crate::openapi::words::{type_name, words};
use crate::source::document::Document;

/// Moves the data of requests to the components, and wraps the references of properties.
pub fn name_request_data(document: &mut Document) {
    // The overlay may add components to a document that has none.
    components(&mut document.value);
    wrap_references(&mut document.value);
    let data = operations(&document.value).into_iter().filter_map(|(pointer, path, method, operation)| {
        let schema = format!("{pointer}/requestBody/content/application~1json/schema/properties/data");
        let is_list = document.value.pointer(&schema)?.get("type").is_some_and(|kind| kind == "array");
        let place = if is_list { schema + "/items" } else { schema };
        let is_inline = document.value.pointer(&place)?.get("properties").is_some_and(Value::is_object);
        is_inline.then(|| (place, format!("{}Data", operation_name(operation, method, path))))
    });
    let data: Vec<(String, String)> = data.collect();
    let published = document.value.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let mut taken: BTreeSet<String> = published.map(|(name, _)| type_name(&words(name))).collect();
    for (place, name) in data {
        // Data without a free name stays in place; a later stage names it.
        if taken.insert(name.clone()) {
            move_to_components(&mut document.value, &place, name);
        }
    }
}

fn wrap_references(document: &mut Value) {
    walk(document, &mut |_, object| {
        for (_, property) in object.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten() {
            if property.get("$ref").is_some() {
                *property = json!({"allOf": [property.take()]});
            }
        }
    });
}

fn move_to_components(document: &mut Value, place: &str, name: String) {
    let Some(schema) = document.pointer_mut(place) else { return };
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    // Items need no wrapper: the list has the description.
    let wrapped = if place.ends_with("/items") { reference } else { json!({"allOf": [reference]}) };
    let schema = std::mem::replace(schema, wrapped);
    if let Some(schemas) = components(document) {
        schemas.insert(name, schema);
    }
}

/// The named schemas of a document, created if missing; none if `components` or `schemas` is not a map.
pub fn components(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let document = document.as_object_mut()?;
    let components = document.entry("components").or_insert_with(|| json!({})).as_object_mut()?;
    components.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}
