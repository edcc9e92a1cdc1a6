//! Moves every inline object, union and enum, and every other inline schema to which references point, to `components/schemas`,
//! where it has the name of its type in the bindings.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::mapping;
use super::naming::Naming;
use crate::model::names;
use crate::openapi::node::{Node, local};
use crate::openapi::walk::{references, walk, walk_schemas};
use crate::source::document::{escape, unescape};

pub(super) const SCHEMAS: &str = "/components/schemas/";

/// The keywords that belong to the reference if a schema moves to the components: they describe a property, not a type.
pub(super) const OF_REFERENCES: [&str; 6] =
    ["nullable", "readOnly", "writeOnly", "deprecated", "x-rust-field", "x-empty-is-null"];

/// Names every object, union and enum. `types` contains the type name of each schema in the bindings, by pointer.
pub(super) fn name_schemas(document: &mut Value, types: &BTreeMap<String, String>) {
    if !prepare(document) {
        return;
    }
    let targets = targets(document);
    let (mut inline, mut nullable) = (Vec::new(), HashSet::new());
    let referenced: HashSet<_> = targets.values().map(String::as_str).collect();
    walk_schemas(document, &mut |pointer, schema| {
        let is_referenced = referenced.contains(pointer);
        if component(pointer).is_none() && (is_referenced || needs_name(schema, pointer, types)) {
            inline.push(pointer.to_owned());
            if is_referenced && schema.get("nullable") == Some(&json!(true)) {
                nullable.insert(pointer.to_owned());
            }
        }
    });
    let mut naming = Naming::new(document, types);
    for pointer in &inline {
        naming.name(pointer, document);
    }
    let Naming { chosen, definitions, renamed, .. } = naming;
    // A component can't be nullable, so its references are.
    walk(document, &mut |_, entries| {
        let pointer = entries.get("$ref").and_then(Value::as_str).and_then(local);
        if pointer.is_some_and(|pointer| targets.get(&pointer).is_some_and(|target| nullable.contains(target))) {
            entries.insert("nullable".to_owned(), true.into());
        }
    });
    let name = |pointer: &str| chosen.get(pointer).or_else(|| renamed.get(&component(pointer)?));
    change_references(document, &|pointer| {
        // A reference that does not resolve stays the same.
        let target = targets.get(pointer).map(String::as_str).or_else(|| component(pointer).map(|_| pointer))?;
        new_pointer(target, |place| name(place).map(|name| format!("{SCHEMAS}{name}")))
    });
    let mut moved = Vec::new();
    // Inner schemas come after the schemas that contain them, so the reverse order moves them first.
    for pointer in inline.iter().rev() {
        let (Some(name), Some(schema)) = (chosen.get(pointer), document.pointer_mut(pointer)) else { continue };
        let definition = take(schema, name, is_property(pointer));
        if definitions.get(name) == Some(pointer) {
            moved.push((name.clone(), definition));
        }
    }
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    let Some(schemas) = schemas else { return };
    let roots = std::mem::take(schemas).into_iter();
    let roots = roots.map(|(key, schema)| (renamed.get(&key).cloned().unwrap_or(key), schema));
    schemas.extend(roots.chain(moved.into_iter().rev()));
    remove_redundant_names(schemas);
    mapping::add_mappings(document, &renamed);
}

/// Makes sure that the document has component schemas. Returns false if it is no object.
fn prepare(document: &mut Value) -> bool {
    let mut place = document;
    for key in ["components", "schemas"] {
        let Some(entries) = place.as_object_mut() else { return false };
        place = entries.entry(key).or_insert_with(|| json!({}));
        if !place.is_object() {
            *place = json!({});
        }
    }
    true
}

/// Returns the targets of all references to places other than components, by referenced pointer. Skips references that do not
/// resolve.
fn targets(document: &Value) -> HashMap<String, String> {
    let mut pointers = BTreeSet::new();
    references(document, &mut pointers);
    let places = pointers.into_iter().filter(|pointer| component(pointer).is_none());
    let target = |place: String| {
        let node = Node::at(document, &place)?;
        // A circular reference has no target other than the place itself.
        Some((place, node.follow().map_or(node.pointer, |target| target.pointer)))
    };
    places.filter_map(target).collect()
}

/// Changes the references to places that have new pointers. `new` returns the new pointer of a place, if it has one.
pub(super) fn change_references(document: &mut Value, new: &impl Fn(&str) -> Option<String>) {
    let change = |reference: &mut String| {
        let pointer = local(reference);
        // A mapping can also contain the name of a component.
        let place = pointer.clone().unwrap_or_else(|| format!("{SCHEMAS}{}", escape(reference)));
        let Some(changed) = new(&place).filter(|changed| *changed != place) else { return };
        *reference = match (&pointer, changed.strip_prefix(SCHEMAS)) {
            (None, Some(name)) => name.to_owned(),
            // A reference is a URL, so that a percent sign would begin an escape sequence.
            _ => format!("#{}", changed.replace('%', "%25")),
        };
    };
    walk(document, &mut |_, entries| {
        if let Some(Value::String(reference)) =
            entries.get_mut("$ref").filter(|reference| reference.as_str().and_then(local).is_some())
        {
            change(reference);
        }
        let mapping = entries.get_mut("discriminator").and_then(|it| it.get_mut("mapping")?.as_object_mut());
        for target in mapping.into_iter().flatten().map(|(_, target)| target) {
            if let Value::String(target) = target {
                change(target);
            }
        }
    });
}

/// Returns the new pointer of a place. `new` returns the new pointer of the place itself or of a place around it.
pub(super) fn new_pointer(pointer: &str, new: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut outer = pointer;
    loop {
        if let Some(new) = new(outer) {
            return Some(new + pointer.strip_prefix(outer)?);
        }
        outer = &outer[..outer.rfind('/')?];
    }
}

/// Returns the name of the component at a pointer, if the pointer is that of a component.
pub(super) fn component(pointer: &str) -> Option<String> {
    pointer.strip_prefix(SCHEMAS).filter(|name| !name.contains('/')).map(unescape)
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
