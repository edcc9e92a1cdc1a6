//! Gives what the overlay speaks of a place of its own.
//!
//! The data of a request becomes a component, named after its operation, so that it can be named, documented and shared. A property
//! that is a bare reference becomes an `allOf` of that one reference, because OpenAPI 3.0 ignores what stands beside a
//! `$ref`, and a description would stand there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::openapi::walk::{operation_name, operations, walk};
use crate::openapi::words::{type_name, words};
use crate::source::document::Document;

/// Moves the data of requests among the components, and makes room beside references.
pub fn anchor(document: &mut Document) {
    // The overlay may add to the components even where the document has none.
    components(&mut document.value);
    make_room(&mut document.value);
    let places: Vec<(String, String)> = operations(&document.value)
        .into_iter()
        .filter_map(|(pointer, path, method, operation)| {
            let schema = format!("{pointer}/requestBody/content/application~1json/schema/properties/data");
            let data = document.value.pointer(&schema)?;
            let items = data.get("type").is_some_and(|kind| kind == "array");
            let place = if items { schema + "/items" } else { schema };
            let inline = document.value.pointer(&place)?.get("properties").is_some_and(Value::is_object);
            inline.then(|| (place, format!("{}Data", operation_name(operation, method, path))))
        })
        .collect();
    let own = document.value.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let mut taken: BTreeSet<String> = own.map(|(name, _)| type_name(&words(name))).collect();
    for (place, name) in places {
        // A name that is taken stays with its owner; the data stays where it is, and is named later.
        if taken.insert(name.clone()) {
            move_to_components(&mut document.value, &place, name);
        }
    }
}

fn make_room(document: &mut Value) {
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
    // An item needs no room beside its reference: what there is to say about it, the list says.
    let wrapped = if place.ends_with("/items") { reference } else { json!({"allOf": [reference]}) };
    let schema = std::mem::replace(schema, wrapped);
    if let Some(schemas) = components(document) {
        schemas.insert(name, schema);
    }
}

/// The named schemas of a document, made if there are none; nothing if the document has something else in their place.
pub fn components(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let document = document.as_object_mut()?;
    let components = document.entry("components").or_insert_with(|| json!({})).as_object_mut()?;
    components.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}
