//! Moves every inline object, union and enum to `components/schemas`, where it has the name of its type in the bindings.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::model::names::{self, Names};
use crate::openapi::node::local;
use crate::openapi::walk::{METHODS, operation_name, walk, walk_schemas};
use crate::openapi::words::{singular, words};
use crate::source::document::escape;

pub(super) const SCHEMAS: &str = "/components/schemas/";

/// The keywords that belong to the reference if a schema moves to the components: they describe a property, not a type.
const OF_REFERENCES: [&str; 6] = ["nullable", "readOnly", "writeOnly", "deprecated", "x-rust-field", "x-empty-is-null"];

/// Names every object, union and enum. `types` contains the type name of each schema in the bindings, by pointer.
pub(super) fn name_schemas(document: &mut Value, types: &HashMap<String, String>) {
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
    let Some(components) = document.as_object_mut() else { return };
    let components = components.entry("components").or_insert_with(|| json!({}));
    let Some(components) = components.as_object_mut() else { return };
    let schemas = components.entry("schemas").or_insert_with(|| json!({}));
    let Some(schemas) = schemas.as_object_mut() else { return };
    let roots = std::mem::take(schemas).into_iter();
    let roots = roots.map(|(key, schema)| (renamed.get(&key).cloned().unwrap_or(key), schema));
    schemas.extend(roots.chain(moved.into_iter().rev()));
    forget_names(schemas);
    let tags = tags(schemas);
    rename_references(document, &renamed);
    walk_schemas(document, &mut |_, schema| {
        if let Some(mapping) = mapping(schema, &tags) {
            schema["discriminator"]["mapping"] = mapping;
        }
    });
}

/// Changes the references to schemas that have new names.
pub(super) fn rename_references(document: &mut Value, renamed: &HashMap<String, String>) {
    walk(document, &mut |_, entries| {
        if let Some(Value::String(reference)) = entries.get_mut("$ref") {
            rename(reference, renamed);
        }
        let mapping = entries.get_mut("discriminator").and_then(|it| it.get_mut("mapping")?.as_object_mut());
        for target in mapping.into_iter().flatten().map(|(_, target)| target) {
            if let Value::String(target) = target {
                rename(target, renamed);
            }
        }
    });
}

/// Chooses the names of schemas.
struct Naming<'a> {
    types: &'a HashMap<String, String>,
    names: Names,
    /// The name of each inline schema, by pointer.
    chosen: HashMap<String, String>,
    /// For each name, the pointer to the schema that defines it.
    definitions: HashMap<String, String>,
    /// The new names of components, by old name.
    renamed: HashMap<String, String>,
}

impl<'a> Naming<'a> {
    /// Names the components.
    fn new(document: &Value, types: &'a HashMap<String, String>) -> Self {
        let mut naming = Self {
            types,
            names: Names::types(),
            chosen: HashMap::new(),
            definitions: HashMap::new(),
            renamed: HashMap::new(),
        };
        // Derived names must not collide with the names of types.
        let known: HashSet<_> = types.values().collect();
        for name in known {
            naming.names.give(name);
        }
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        for key in schemas.into_iter().flatten().map(|(key, _)| key) {
            let pointer = format!("{SCHEMAS}{}", escape(key));
            match types.get(&pointer) {
                Some(name) if naming.definitions.get(name).is_none() => {
                    naming.definitions.insert(name.clone(), pointer);
                    naming.renamed.insert(key.clone(), name.clone());
                }
                _ => {
                    let given = naming.names.give(key);
                    naming.renamed.insert(key.clone(), given);
                }
            }
        }
        naming
    }

    /// Names an inline schema. Equal schemas that are one type in the bindings share a name. The schemas that contain it have names
    /// already.
    fn name(&mut self, pointer: &str, document: &Value) {
        let schema = document.pointer(pointer).unwrap_or(&Value::Null);
        let name = match self.types.get(pointer) {
            Some(name) => match self.definitions.get(name) {
                None => name.clone(),
                Some(known) => {
                    let defined = document.pointer(known).unwrap_or(&Value::Null);
                    if structure(defined) != structure(schema) {
                        let suggested = self.suggested(pointer, document);
                        self.names.give(&suggested)
                    } else {
                        // The schema that the overlay names has the descriptions that apply to all of them.
                        if defined.get("x-rust-name").is_none()
                            && component(known).is_none()
                            && schema.get("x-rust-name").is_some()
                        {
                            self.definitions.insert(name.clone(), pointer.to_owned());
                        }
                        name.clone()
                    }
                }
            },
            None => {
                let suggested = self.suggested(pointer, document);
                self.names.give(&suggested)
            }
        };
        self.definitions.entry(name.clone()).or_insert_with(|| pointer.to_owned());
        self.chosen.insert(pointer.to_owned(), name);
    }

    /// Derives a name from the place of a schema: from the closest schema with a name, or else from the operation.
    fn suggested(&self, pointer: &str, document: &Value) -> String {
        let mut outer = pointer;
        while let Some(index) = outer.rfind('/') {
            outer = &outer[..index];
            let name = self.chosen.get(outer).or_else(|| self.renamed.get(component(outer)?));
            if let Some(name) = name {
                return format!("{name}{}", self.suffix(&pointer[outer.len()..], pointer, document));
            }
        }
        let steps: Vec<String> =
            pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["paths", path, method, rest @ ..] if METHODS.contains(method) => {
                let operation = document["paths"][*path][*method].as_object();
                let name = operation.map(|operation| operation_name(operation, method, path)).unwrap_or_default();
                match rest {
                    ["requestBody", ..] => format!("{name}Body"),
                    ["responses", status, ..] if status.starts_with('2') => format!("{name}Response"),
                    ["responses", status, ..] => format!("{name}Response{status}"),
                    ["parameters", index, ..] => {
                        let parameter =
                            index.parse().ok().and_then(|index: usize| operation?.get("parameters")?.get(index));
                        let parameter = parameter.and_then(|it| it["name"].as_str()).unwrap_or("parameter");
                        format!("{name}{}", names::type_name(&names::snake(parameter)))
                    }
                    _ => format!("{name}Value"),
                }
            }
            ["components", section, name, ..] => {
                let section = singular(words(section)).join("_");
                names::type_name(&format!("{}_{section}", names::snake(name)))
            }
            _ => "Value".to_owned(),
        }
    }

    /// Derives the end of a name from the steps between a schema and the schema that contains it.
    fn suffix(&self, steps: &str, pointer: &str, document: &Value) -> String {
        let steps: Vec<&str> = steps.split('/').skip(1).collect();
        match steps.as_slice() {
            ["oneOf" | "anyOf", index] => {
                let schema = document.pointer(pointer);
                let union =
                    pointer.strip_suffix(&format!("/{}/{index}", steps[0])).and_then(|outer| document.pointer(outer));
                let tag = union.and_then(|union| union["discriminator"]["propertyName"].as_str());
                let text = |value: Option<&Value>| Some(names::type_name(&names::snake(value?.as_str()?)));
                let title = schema.and_then(|schema| text(schema.get("title")));
                let value = || text(schema?["properties"][tag?]["enum"].get(0));
                title.or_else(value).unwrap_or_else(|| format!("Variant{index}"))
            }
            [.., "properties", key] => names::type_name(&names::snake(key)),
            [.., "properties", key, "items"] => names::type_name(&singular(words(key)).join("_")),
            [.., "items"] => "Item".to_owned(),
            _ => "Value".to_owned(),
        }
    }
}

/// Returns the name of the component at a pointer, if the pointer is that of a component.
fn component(pointer: &str) -> Option<&str> {
    pointer.strip_prefix(SCHEMAS).filter(|name| !name.contains('/'))
}

fn is_property(pointer: &str) -> bool {
    pointer.rsplit('/').nth(1) == Some("properties")
}

/// Returns whether an inline schema becomes a component.
fn needs_name(schema: &Value, pointer: &str, types: &HashMap<String, String>) -> bool {
    // The schemas in an `allOf` are parts of one type.
    if pointer.rsplit('/').nth(1) == Some("allOf") {
        return false;
    }
    let count = |key: &str| schema.get(key).and_then(Value::as_array).map_or(0, Vec::len);
    schema.get("properties").and_then(Value::as_object).is_some_and(|properties| !properties.is_empty())
        || ["allOf", "oneOf", "anyOf"].iter().any(|key| count(key) > 1)
        || ["enum", "x-extensible-enum"].iter().any(|key| schema.get(*key).is_some()) && types.contains_key(pointer)
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
fn forget_names(schemas: &mut Map<String, Value>) {
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

/// Returns a schema without its documentation. Two schemas with the same structure accept the same values.
fn structure(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let mut root = json!({"schema": null});
    if let Some(entries) = schema.as_object_mut() {
        OF_REFERENCES.iter().for_each(|key| drop(entries.shift_remove(*key)));
    }
    root["schema"] = schema;
    walk_schemas(&mut root, &mut |_, schema| {
        let Some(entries) = schema.as_object_mut() else { return };
        for key in ["description", "example", "x-rust-name", "x-enumDescriptions"] {
            entries.shift_remove(key);
        }
        if let Some(Value::Array(required)) = entries.get_mut("required") {
            required.sort_by_key(Value::to_string);
        }
        if let (1, Some([only])) = (entries.len(), entries.get("allOf").and_then(Value::as_array).map(Vec::as_slice)) {
            *schema = only.clone();
        }
    });
    root
}

/// Returns the values of the properties with an enum of each component, by component and property.
fn tags(schemas: &Map<String, Value>) -> HashMap<String, HashMap<String, Vec<String>>> {
    let values = |property: &Value| -> Option<Vec<String>> {
        let values = property.get("enum")?.as_array()?.iter();
        Some(values.filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let of = |schema: &Value| -> HashMap<String, Vec<String>> {
        let properties = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
        properties.filter_map(|(key, property)| Some((key.clone(), values(property)?))).collect()
    };
    schemas.iter().map(|(name, schema)| (name.clone(), of(schema))).collect()
}

/// Derives the mapping of a discriminator without one from the tag values of the branches.
fn mapping(union: &Value, tags: &HashMap<String, HashMap<String, Vec<String>>>) -> Option<Value> {
    let discriminator = union.get("discriminator")?.as_object().filter(|it| !it.contains_key("mapping"))?;
    let tag = discriminator.get("propertyName")?.as_str()?;
    let mut mapping = Map::new();
    for branch in union.get("oneOf").or_else(|| union.get("anyOf"))?.as_array()? {
        let reference = branch.get("$ref")?.as_str()?;
        let name = local(reference)?.strip_prefix(SCHEMAS)?.to_owned();
        for value in tags.get(&name)?.get(tag)? {
            mapping.insert(value.clone(), reference.into());
        }
    }
    Some(mapping.into())
}

/// Changes a reference to a component that has a new name.
fn rename(reference: &mut String, renamed: &HashMap<String, String>) {
    let name = reference.strip_prefix('#').and_then(component).unwrap_or(reference);
    if let Some(new) = renamed.get(name) {
        *reference = if name.len() == reference.len() { new.clone() } else { format!("#{SCHEMAS}{new}") };
    }
}
