//! Moves every inline object, union and enum to `components/schemas`, where it has the name of its type in the bindings.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use super::mapping;
use super::naming::Naming;
use crate::model::names;
use crate::openapi::node::local;
use crate::openapi::walk::{walk, walk_schemas};
use crate::source::document::escape;

pub(super) const SCHEMAS: &str = "/components/schemas/";

/// The keywords that belong to the reference if a schema moves to the components: they describe a property, not a type.
pub(super) const OF_REFERENCES: [&str; 6] =
    ["nullable", "readOnly", "writeOnly", "deprecated", "x-rust-field", "x-empty-is-null"];

/// Names every object, union and enum. `types` contains the type name of each schema in the bindings, by pointer.
pub(super) fn name_schemas(document: &mut Value, types: &BTreeMap<String, String>) {
    let mut inline = Vec::new();
    walk_schemas(document, &mut |pointer, schema| {
        if component(pointer).is_none() && needs_name(schema, pointer, types) {
            inline.push(pointer.to_owned());
        }
    });
    let mut naming = Naming::new(document, types);
    for pointer in &inline {
        naming.name(pointer, document);
    }
    let Naming { chosen, definitions, renamed, .. } = naming;
    let mut moved = Vec::new();
    // Inner schemas come after the schemas that contain them, so the reverse order moves them first.
    for pointer in inline.iter().rev() {
        let (Some(name), Some(schema)) = (chosen.get(pointer), document.pointer_mut(pointer)) else { continue };
        let definition = take(schema, name, is_property(pointer));
        if definitions.get(name) == Some(pointer) {
            moved.push((name.clone(), definition));
        }
    }
    let Some(schemas) = schemas(document) else { return };
    let roots = std::mem::take(schemas).into_iter();
    let roots = roots.map(|(key, schema)| (renamed.get(&key).cloned().unwrap_or(key), schema));
    schemas.extend(roots.chain(moved.into_iter().rev()));
    remove_redundant_names(schemas);
    rename_references(document, |pointer| renamed.get(&component(pointer)?).map(|name| format!("{SCHEMAS}{name}")));
    mapping::add_mappings(document, &renamed);
}

/// Returns `components/schemas`, which is added if it does not exist. Returns `None` if one of the two is not an object.
fn schemas(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let components = document.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}

/// Changes the references to components that have new names. `new` returns the new pointer of a component.
pub(super) fn rename_references(document: &mut Value, new: impl Fn(&str) -> Option<String>) {
    let rename = |target: &mut Value| {
        let Some(reference) = target.as_str() else { return };
        // A discriminator's mapping can contain the name of a schema instead of a reference.
        let pointer = local(reference).unwrap_or_else(|| format!("{SCHEMAS}{}", escape(reference)));
        if let Some(new) = new(&pointer) {
            *target = format!("#{new}").into();
        }
    };
    walk(document, &mut |_, entries| {
        if let Some(reference) = entries.get_mut("$ref") {
            rename(reference);
        }
        let mapping = entries.get_mut("discriminator").and_then(|it| it.get_mut("mapping")?.as_object_mut());
        mapping.into_iter().flatten().for_each(|(_, target)| rename(target));
    });
}

/// Returns the name of the component at a pointer, if the pointer is that of a component.
pub(super) fn component(pointer: &str) -> Option<String> {
    let name = pointer.strip_prefix(SCHEMAS).filter(|name| !name.contains('/'))?;
    Some(name.replace("~1", "/").replace("~0", "~"))
}

fn is_property(pointer: &str) -> bool {
    pointer.rsplit('/').nth(1) == Some("properties")
}

/// Returns whether an inline schema becomes a component.
fn needs_name(schema: &Value, pointer: &str, types: &BTreeMap<String, String>) -> bool {
    // The schemas in an `allOf` are parts of one type.
    if pointer.rsplit('/').nth(1) == Some("allOf") {
        return false;
    }
    let count = |key: &str| schema.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    schema.get("properties").and_then(Value::as_object).is_some_and(|properties| !properties.is_empty())
        || ["allOf", "oneOf", "anyOf"].iter().any(|key| count(key) > 1)
        || ["enum", "x-extensible-enum"].iter().any(|key| count(key) > 1) && types.contains_key(pointer)
}

/// Replaces a schema by a reference to a component, and returns the definition of that component.
fn take(schema: &mut Value, name: &str, is_property: bool) -> Value {
    let mut definition = std::mem::take(schema);
    let mut kept = Map::new();
    if let Some(entries) = definition.as_object_mut() {
        for key in OF_REFERENCES {
            kept.extend(entries.shift_remove(key).map(|value| (key.to_owned(), value)));
        }
        // A type and a property with this type have separate descriptions.
        if let (Some(text), true) = (entries.get("description"), is_property) {
            kept.insert("description".to_owned(), text.clone());
        }
        if let Some(Value::Array(values)) = entries.get_mut("enum") {
            values.retain(|value| !value.is_null());
        }
        if let Some(deprecated) = kept.get("deprecated") {
            entries.insert("deprecated".to_owned(), deprecated.clone());
        }
    }
    let reference = json!({"$ref": format!("#{SCHEMAS}{name}")});
    *schema = if kept.is_empty() { reference } else { json!({"allOf": [reference]}) };
    if let Some(entries) = schema.as_object_mut() {
        entries.extend(kept);
    }
    definition
}

/// Removes the requested type names that are the names of the components, unless several components become one type.
fn remove_redundant_names(schemas: &mut Map<String, Value>) {
    let requested = |schema: &Value| schema.get("x-rust-name").and_then(Value::as_str).map(names::type_name);
    let mut counts: HashMap<String, usize> = HashMap::new();
    for name in schemas.values().filter_map(requested) {
        *counts.entry(name).or_default() += 1;
    }
    for (name, schema) in schemas {
        if requested(schema).as_ref() == Some(name)
            && counts.get(name) == Some(&1)
            && let Some(entries) = schema.as_object_mut()
        {
            entries.shift_remove("x-rust-name");
        }
    }
}
