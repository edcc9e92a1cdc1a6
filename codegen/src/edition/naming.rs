//! Chooses the names of inline schemas.

use std::collections::{BTreeMap, HashMap, HashSet};

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
    /// The new names of components, by old name.
    pub(super) renamed: HashMap<String, String>,
}

impl<'a> Naming<'a> {
    /// Names the components.
    pub(super) fn new(document: &Value, types: &'a BTreeMap<String, String>) -> Self {
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

    /// Names an inline schema. Equal schemas that are one type in the bindings share a name. The schemas that contain it have names
    /// already.
    pub(super) fn name(&mut self, pointer: &str, document: &Value) {
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

/// Returns a schema without its documentation. Two schemas with the same structure accept the same values.
fn structure(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let mut root = json!({"schema": null});
    if let Some(entries) = schema.as_object_mut() {
        for key in OF_REFERENCES {
            entries.shift_remove(key);
        }
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
