//! Schemas that are one type although the document writes them several times.
//!
//! The calls that create many things at once repeat the inputs of the calls that create one. Records of requests that
//! differ only in wording, examples and wanted names are therefore one type, and so are enums for which the same name is
//! wanted, with the values of all of them.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use crate::place::Place;
use crate::walk::METHODS;
use crate::{Result, names};

/// What a schema shares with its twins.
#[derive(Clone, Debug)]
pub(crate) struct Twin<'a> {
    /// The same for all of them.
    pub(crate) key: String,
    /// The name that is wanted for any of them.
    pub(crate) name: Option<String>,
    /// The one whose wording counts.
    pub(crate) place: Place<'a>,
}

/// The twins of a document.
#[derive(Debug, Default)]
pub(crate) struct Twins<'a> {
    records: HashMap<String, Twin<'a>>,
    enums: HashMap<String, Vec<String>>,
}

impl<'a> Twins<'a> {
    /// Finds the twins of a document.
    pub(crate) fn find(root: &Place<'a>) -> Result<Self> {
        let mut twins = Self::default();
        enums(root.value, &mut twins.enums);
        let mut groups: BTreeMap<String, Vec<Place<'a>>> = BTreeMap::new();
        for (_, item) in root.entries_of("paths")? {
            for (_, operation) in item.follow()?.entries()?.iter().filter(|(key, _)| METHODS.contains(key)) {
                let Some(body) = operation.get("requestBody") else { continue };
                for (_, media_type) in body.follow()?.entries_of("content")? {
                    media_type.get("schema").map(|schema| records(&schema, &mut groups)).transpose()?;
                }
            }
        }
        for (structure, members) in groups {
            twins.add(&structure, &members);
        }
        Ok(twins)
    }

    /// The twin of a record, if the document has others that are the same.
    pub(crate) fn record(&self, place: &Place<'_>) -> Option<&Twin<'a>> {
        self.records.get(&place.pointer)
    }

    /// The values of all enums for which this name is wanted.
    pub(crate) fn values(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    fn add(&mut self, structure: &str, members: &[Place<'a>]) {
        let mut wanted: Vec<_> = members.iter().filter_map(wanted_name).collect();
        wanted.sort();
        wanted.dedup();
        for place in members {
            // Where the document wants several names for one structure, they stay several types.
            let name = match wanted.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                _ => wanted_name(place),
            };
            let best = members.iter().find(|member| name.is_some() && wanted_name(member) == name);
            let best = best.or_else(|| members.iter().find(|member| wanted_name(member) == name)).unwrap_or(place);
            let key = format!("{} {structure}", name.as_deref().unwrap_or_default());
            self.records.insert(place.pointer.clone(), Twin { key, name, place: best.clone() });
        }
    }
}

/// The name that the description wants for the type of this schema.
pub(crate) fn wanted_name(place: &Place<'_>) -> Option<String> {
    place.value.get("x-rust-name")?.as_str().map(names::type_name)
}

/// Collects the records that stand in a request, those inside others included.
fn records<'a>(place: &Place<'a>, groups: &mut BTreeMap<String, Vec<Place<'a>>>) -> Result<()> {
    let properties = place.entries_of("properties")?;
    if !properties.is_empty() {
        groups.entry(structure(place.value).to_string()).or_default().push(place.clone());
    }
    for (_, property) in properties {
        records(&property, groups)?;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = place.get(key).filter(|inner| inner.value.is_object()) {
            records(&inner, groups)?;
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in place.items_of(key)? {
            records(&part, groups)?;
        }
    }
    Ok(())
}

/// The schema without what makes no difference to its type, in an order of its own.
fn structure(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let ignored = ["description", "example", "examples", "x-rust-name"];
            // Under these keys stand names of the document, and a property may well be called `description`.
            let names = |key: &str| ["properties", "patternProperties"].contains(&key);
            let sorted: BTreeMap<_, _> = map
                .iter()
                .filter(|(key, _)| !ignored.contains(&key.as_str()))
                .map(|(key, value)| match value {
                    Value::Object(inner) if names(key) => (key, each(inner)),
                    Value::Array(items) if key == "required" => (key, sorted(items)),
                    _ => (key, structure(value)),
                })
                .collect();
            sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(items) => items.iter().map(structure).collect(),
        scalar => scalar.clone(),
    }
}

fn each(properties: &Map<String, Value>) -> Value {
    let sorted: BTreeMap<_, _> = properties.iter().map(|(name, schema)| (name.clone(), structure(schema))).collect();
    sorted.into_iter().collect()
}

fn sorted(items: &[Value]) -> Value {
    let mut texts: Vec<_> = items.iter().map(ToString::to_string).collect();
    texts.sort();
    texts.into_iter().map(Value::String).collect()
}

/// Collects the values of enums by the names that are wanted for them.
fn enums(value: &Value, found: &mut HashMap<String, Vec<String>>) {
    match value {
        Value::Object(map) => {
            let values = ["enum", "x-extensible-enum"].iter().filter_map(|key| map.get(*key)?.as_array()).flatten();
            let texts: Vec<_> = values.filter_map(Value::as_str).collect();
            if let (Some(name), false) = (map.get("x-rust-name").and_then(Value::as_str), texts.is_empty()) {
                let known = found.entry(names::type_name(name)).or_default();
                for text in texts {
                    if !known.iter().any(|value| value == text) {
                        known.push(text.to_owned());
                    }
                }
            }
            map.values().for_each(|inner| enums(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| enums(inner, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wording_makes_no_difference() {
        let one = json!({"type": "object", "required": ["a", "b"], "x-rust-name": "A", "properties": {
            "a": {"type": "string", "description": "one", "example": 1}, "description": {"type": "string"}}});
        let same = json!({"properties": {"description": {"type": "string"}, "a": {"type": "string"}},
            "required": ["b", "a"], "type": "object"});
        let other = json!({"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}});
        assert_eq!(structure(&one), structure(&same));
        assert_eq!(structure(&one).to_string(), structure(&same).to_string());
        assert_ne!(structure(&one), structure(&other));
    }
}
