//! Moves the schema of each request's `data` to the components, and wraps properties that are references, so that the overlay can
//! describe them.
//!
//! Each schema becomes a component that is named after its operation. The overlay can then rename and describe the component, and
//! other operations can refer to it. A property that is a bare `$ref` becomes an `allOf` with that reference, because OpenAPI 3.0
//! ignores a description next to a `$ref`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::walk::{component_types, operation_name, operations, references, walk};
use crate::source::document::Document;

/// Moves the schema of each request's `data` to the components, and wraps property references in an `allOf`.
pub fn name_request_data(document: &mut Document) {
    // Creates `components.schemas` if it is missing, so that overlay actions can target it.
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
    let mut taken = component_types(&document.value);
    let mut targets = BTreeSet::new();
    references(&document.value, &mut targets);
    for (place, name) in data {
        // The schema stays inline if a reference points into it, or if the name is taken. A later stage names its type.
        let is_target = targets.range(place.clone()..).next().is_some_and(|target| target.starts_with(&place));
        if !is_target && taken.insert(name.clone()) {
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
    let Some(schema) = document.pointer(place).cloned() else { return };
    let Some(schemas) = components(document) else { return };
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    // List items need no wrapper, because the description belongs to the list.
    let wrapped = if place.ends_with("/items") { reference } else { json!({"allOf": [reference]}) };
    schemas.insert(name, schema);
    if let Some(schema) = document.pointer_mut(place) {
        *schema = wrapped;
    }
}

/// Returns the `components.schemas` map of a document, and creates the map if it is missing. Returns `None` if `components` or
/// `schemas` is not a map.
pub fn components(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let document = document.as_object_mut()?;
    let components = document.entry("components").or_insert_with(|| json!({})).as_object_mut()?;
    components.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}
