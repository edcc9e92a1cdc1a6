//! Adds the mapping of a discriminator, which many generators need.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::named::{SCHEMAS, component};
use crate::openapi::node::local;
use crate::openapi::walk::walk_schemas;

/// Adds a mapping to each discriminator without one, and completes the mappings of the others. `renamed` contains the new names of
/// components by old name: without a mapping, the tag value of a component is its name.
pub(super) fn add_mappings(document: &mut Value, renamed: &HashMap<String, String>) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let tags = Tags::find(schemas.cloned().unwrap_or_default(), renamed);
    walk_schemas(document, &mut |pointer, schema| {
        let Some(found) = tags.mapping(pointer, schema) else { return };
        let mapping =
            schema["discriminator"].as_object_mut().map(|it| it.entry("mapping").or_insert_with(|| json!({})));
        if let Some(Value::Object(mapping)) = mapping {
            for (value, target) in found {
                mapping.entry(value).or_insert(target);
            }
        }
    });
}

struct Tags<'a> {
    schemas: Map<String, Value>,
    /// The old names of components by new name.
    old: HashMap<&'a str, &'a str>,
    /// For each component, the references to the components that include it in an `allOf`.
    subtypes: HashMap<String, Vec<String>>,
}

impl<'a> Tags<'a> {
    fn find(schemas: Map<String, Value>, renamed: &'a HashMap<String, String>) -> Self {
        let mut subtypes: HashMap<String, Vec<String>> = HashMap::new();
        for (name, schema) in &schemas {
            for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
                if let Some(base) = part.get("$ref").and_then(Value::as_str).and_then(local) {
                    subtypes.entry(base).or_default().push(format!("#{SCHEMAS}{name}"));
                }
            }
        }
        let old = renamed.iter().map(|(old, new)| (new.as_str(), old.as_str())).collect();
        Self { schemas, old, subtypes }
    }

    /// Returns the mapping of a union or a base schema: the tag values of the branches or subtypes. Returns `None` if there is no
    /// discriminator, or if a branch is not a reference. The values in the document's own mapping belong to their targets.
    fn mapping(&self, pointer: &str, schema: &Value) -> Option<Vec<(String, Value)>> {
        let discriminator = schema.get("discriminator")?;
        let tag = discriminator.get("propertyName")?.as_str()?;
        let own = discriminator.get("mapping").and_then(Value::as_object);
        // A target without `#` is the name of a component.
        let is_target = |target: &Value, reference: &str| {
            target.as_str().is_some_and(|it| it == reference || format!("#{SCHEMAS}{it}") == reference)
        };
        let is_mapped = |reference: &str| own.is_some_and(|own| own.values().any(|it| is_target(it, reference)));
        let branches = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
        let references: Vec<&str> = match branches {
            Some(branches) => branches.iter().map(|branch| branch.get("$ref")?.as_str()).collect::<Option<_>>()?,
            None => self.subtypes.get(pointer).into_iter().flatten().map(String::as_str).collect(),
        };
        let mut mapping = Vec::new();
        for reference in references.into_iter().filter(|reference| !is_mapped(reference)) {
            let name = component(&local(reference)?)?;
            let values = self.values(&name, tag).unwrap_or_else(|| vec![self.old_name(&name).to_owned()]);
            mapping.extend(values.into_iter().map(|value| (value, reference.into())));
        }
        (!mapping.is_empty()).then_some(mapping)
    }

    /// Returns the values of a tag property with an enum.
    fn values(&self, name: &str, tag: &str) -> Option<Vec<String>> {
        let mut property = self.schemas.get(name)?.get("properties")?.get(tag)?;
        if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
            property = self.schemas.get(&component(&local(reference)?)?)?;
        }
        Some(property.get("enum")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    fn old_name<'n>(&'n self, name: &'n str) -> &'n str {
        self.old.get(name).copied().unwrap_or(name)
    }
}
