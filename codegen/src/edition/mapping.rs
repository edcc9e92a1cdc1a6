//! Adds the mapping of a discriminator, which many generators need.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::named::SCHEMAS;
use crate::openapi::node::local;
use crate::openapi::walk::walk_schemas;

/// Adds a mapping to each discriminator without one. The branches of the unions are references to components.
pub(super) fn add_mappings(document: &mut Value) {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let tags = schemas.map(tags).unwrap_or_default();
    walk_schemas(document, &mut |_, schema| {
        if let Some(mapping) = mapping(schema, &tags) {
            schema["discriminator"]["mapping"] = mapping;
        }
    });
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
