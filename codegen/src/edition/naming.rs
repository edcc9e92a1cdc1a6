//! Chooses the names of inline schemas.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::named::{OF_REFERENCES, SCHEMAS, component};
use crate::model::names::{self, Names};
use crate::openapi::walk::{METHODS, operation_name, walk_schemas};
use crate::openapi::words::{singular, words};
use crate::source::document::{escape, unescape};

/// Chooses the names of schemas.
pub(super) struct Naming<'a> {
    types: &'a BTreeMap<String, String>,
    names: Names,
    /// The name of each inline schema, by pointer.
    pub(super) chosen: HashMap<String, String>,
    /// For each name, the pointer to the schema that defines it.
    pub(super) definitions: HashMap<String, String>,
    /// For each name, the structure of the schema that defines it.
    structures: HashMap<String, Value>,
    /// The new names of components, by old name.
    pub(super) renamed: HashMap<String, String>,
}

impl<'a> Naming<'a> {
    /// Names the components.
    pub(super) fn new(document: &Value, types: &'a BTreeMap<String, String>) -> Self {
        let mut naming = Self {
            types,
            names: Names::plain(),
            chosen: HashMap::new(),
            definitions: HashMap::new(),
            structures: HashMap::new(),
            renamed: HashMap::new(),
        };
        // Derived names must not collide with the names of types.
        for name in types.values().collect::<BTreeSet<_>>() {
            naming.names.give(name);
        }
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        for key in schemas.into_iter().flatten().map(|(key, _)| key) {
            let pointer = format!("{SCHEMAS}{}", escape(key));
            match types.get(&pointer) {
                Some(name) if !naming.definitions.contains_key(name) => {
                    naming.definitions.insert(name.clone(), pointer);
                    naming.renamed.insert(key.clone(), name.clone());
                }
                _ => {
                    let is_valid =
                        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
                    let given = naming.names.give(&if is_valid { key.clone() } else { names::type_name(key) });
                    naming.renamed.insert(key.clone(), given);
                }
            }
        }
        naming
    }

    /// Names an inline schema. Equal schemas that are one type in the bindings share a name. Call this for outer schemas first.
    pub(super) fn name(&mut self, pointer: &str, document: &Value) {
        let name = self.name_of_type(pointer, document).unwrap_or_else(|| {
            let suggested = self.suggested(pointer, document);
            self.names.give(&suggested)
        });
        self.definitions.entry(name.clone()).or_insert_with(|| pointer.to_owned());
        self.chosen.insert(pointer.to_owned(), name);
    }

    /// Returns the name of the type of a schema, unless another schema that accepts other values has this name.
    fn name_of_type(&mut self, pointer: &str, document: &Value) -> Option<String> {
        let (name, schema) = (self.types.get(pointer)?, document.pointer(pointer)?);
        let Some(known) = self.definitions.get(name) else { return Some(name.clone()) };
        let defined = document.pointer(known)?;
        let is_component = component(known).is_some();
        let expected = self.structures.entry(name.clone()).or_insert_with(|| structure(defined, is_component));
        if *expected != structure(schema, false) {
            return None;
        }
        // The descriptions of the schema with a requested name are those of the type.
        let is_requested = |schema: &Value| schema.get("x-rust-name").is_some();
        if !is_component && !is_requested(defined) && is_requested(schema) {
            self.definitions.insert(name.clone(), pointer.to_owned());
        }
        Some(name.clone())
    }

    /// Derives a name from the place of a schema: from the closest schema with a name, or else from the operation.
    fn suggested(&self, pointer: &str, document: &Value) -> String {
        let mut outer = pointer;
        while let Some(index) = outer.rfind('/') {
            outer = &outer[..index];
            let name = self.chosen.get(outer).or_else(|| self.renamed.get(&component(outer)?));
            if let Some(name) = name {
                return format!("{name}{}", suffix(&pointer[outer.len()..], pointer, document));
            }
        }
        let steps: Vec<String> = pointer.split('/').skip(1).map(unescape).collect();
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
}

/// Derives the end of a name from the steps between a schema and the schema that contains it.
fn suffix(steps: &str, pointer: &str, document: &Value) -> String {
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

/// Returns a schema without its documentation. Two schemas with the same structure accept the same values. The keywords of an inline
/// schema that stay with the reference are left out.
fn structure(schema: &Value, is_component: bool) -> Value {
    let mut root = json!({"schema": schema});
    if let (false, Some(entries)) = (is_component, root["schema"].as_object_mut()) {
        for key in OF_REFERENCES {
            entries.shift_remove(key);
        }
    }
    walk_schemas(&mut root, &mut |_, schema| {
        let Some(entries) = schema.as_object_mut() else { return };
        for key in ["description", "example", "x-rust-name", "x-enumDescriptions"] {
            entries.shift_remove(key);
        }
        if let Some(Value::Array(values)) = entries.get_mut("enum") {
            values.retain(|value| !value.is_null());
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
