//! Schemas that are one type although the document writes them several times.
//!
//! The calls that create many things at once repeat the inputs of the calls that create one. Records of requests that
//! differ only in wording, examples and wanted names are therefore one type, and so are enums for which the same name is
//! wanted, with the values of all of them.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::Result;
use crate::model::names;
use crate::openapi::node::Node;
use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::METHODS;

/// What a schema shares with its twins.
#[derive(Clone, Debug)]
pub(crate) struct Twin<'a> {
    /// The same for all of them.
    pub(crate) key: String,
    /// The name that is wanted for any of them.
    pub(crate) name: Option<String>,
    /// The one whose wording counts.
    pub(crate) place: Node<'a>,
}

/// The twins of a document.
#[derive(Debug, Default)]
pub(crate) struct SharedTypes<'a> {
    records: HashMap<String, Twin<'a>>,
    enums: HashMap<String, Vec<String>>,
}

impl<'a> SharedTypes<'a> {
    /// Finds the twins of a document.
    pub(crate) fn find(root: &Node<'a>) -> Result<Self> {
        let mut twins = Self::default();
        let mut found = HashMap::new();
        enums(root.value, &mut found);
        twins.enums = found.into_iter().map(|(name, (_, values))| (name, values)).collect();
        let mut structures = Structures::default();
        for (_, item) in root.path_items()? {
            for (_, operation) in item.follow()?.entries()?.iter().filter(|(key, _)| METHODS.contains(key)) {
                let Some(body) = operation.get("requestBody") else { continue };
                for (_, media_type) in body.follow()?.entries_of("content")? {
                    media_type.get("schema").map(|schema| structures.number(&schema)).transpose()?;
                }
            }
        }
        for (number, members) in structures.records {
            twins.add(number, &members);
        }
        Ok(twins)
    }

    /// The twin of a record, if the document has others that are the same.
    pub(crate) fn record(&self, place: &Node<'_>) -> Option<&Twin<'a>> {
        self.records.get(&place.pointer)
    }

    /// The values of all enums for which this name is wanted.
    pub(crate) fn values(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    fn add(&mut self, structure: usize, members: &[Node<'a>]) {
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
pub(crate) fn wanted_name(place: &Node<'_>) -> Option<String> {
    place.value.get("x-rust-name")?.as_str().map(names::type_name)
}

/// Numbers for structures: two schemas have the same number if they make the same type.
#[derive(Debug, Default)]
struct Structures<'a> {
    numbers: HashMap<String, usize>,
    known: HashMap<String, usize>,
    open: Vec<String>,
    /// The records of each number, in the order of the document.
    records: BTreeMap<usize, Vec<Node<'a>>>,
}

impl<'a> Structures<'a> {
    fn number(&mut self, place: &Node<'a>) -> Result<usize> {
        if let Some(number) = self.known.get(&place.pointer) {
            return Ok(*number);
        }
        if self.open.contains(&place.pointer) || self.open.len() > DEEPEST {
            // What contains itself has no twin but itself.
            return Ok(self.intern(place.pointer.clone()));
        }
        self.open.push(place.pointer.clone());
        let number = self.fresh(place)?;
        self.open.pop();
        self.known.insert(place.pointer.clone(), number);
        if place.get("properties").is_some() {
            self.records.entry(number).or_default().push(place.clone());
        }
        Ok(number)
    }

    fn fresh(&mut self, place: &Node<'a>) -> Result<usize> {
        let mut parts = BTreeMap::new();
        for (key, part) in place.entries()? {
            let text = match key {
                "description" | "example" | "examples" | "x-rust-name" => continue,
                "$ref" => self.number(&place.follow()?)?.to_string(),
                "items" => self.number(&part)?.to_string(),
                "additionalProperties" if part.value.is_object() => self.number(&part)?.to_string(),
                "properties" => {
                    let properties = part.entries()?;
                    let numbers = properties.iter().map(|(key, part)| Ok((*key, self.number(part)?)));
                    format!("{:?}", numbers.collect::<Result<BTreeMap<_, _>>>()?)
                }
                "allOf" | "oneOf" | "anyOf" => {
                    let numbers = part.items()?.iter().map(|part| self.number(part)).collect::<Result<Vec<_>>>()?;
                    match numbers.as_slice() {
                        // A schema in a frame of its own is what a reference to it is.
                        [only] => only.to_string(),
                        several => format!("{several:?}"),
                    }
                }
                "required" => {
                    let mut names: Vec<_> = part.items()?.iter().map(|part| part.value.to_string()).collect();
                    names.sort();
                    names.join(" ")
                }
                _ => part.value.to_string(),
            };
            let frame = matches!(key, "$ref" | "allOf" | "oneOf" | "anyOf") && text.parse::<usize>().is_ok();
            parts.insert(if frame { "is" } else { key }, text);
        }
        match (parts.len(), parts.get("is").and_then(|number| number.parse().ok())) {
            (1, Some(number)) => Ok(number),
            _ => Ok(self.intern(format!("{parts:?}"))),
        }
    }

    fn intern(&mut self, text: String) -> usize {
        let next = self.numbers.len();
        *self.numbers.entry(text).or_insert(next)
    }
}

/// Collects the values of enums by the names that are wanted for them.
fn enums<'v>(value: &'v Value, found: &mut HashMap<String, (HashSet<&'v str>, Vec<String>)>) {
    match value {
        Value::Object(map) => {
            let values = ["enum", "x-extensible-enum"].iter().filter_map(|key| map.get(*key)?.as_array()).flatten();
            let texts: Vec<_> = values.filter_map(Value::as_str).collect();
            if let (Some(name), false) = (map.get("x-rust-name").and_then(Value::as_str), texts.is_empty()) {
                let (known, values) = found.entry(names::type_name(name)).or_default();
                for text in texts {
                    if known.insert(text) {
                        values.push(text.to_owned());
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
        let root = json!({
            "one": {"type": "object", "required": ["a", "b"], "x-rust-name": "A", "properties": {
                "a": {"type": "string", "description": "one", "example": 1}, "description": {"type": "string"}}},
            "same": {"properties": {"description": {"$ref": "#/text"}, "a": {"allOf": [{"$ref": "#/text"}]}},
                "required": ["b", "a"], "type": "object"},
            "other": {"type": "object", "required": ["a", "b"], "properties": {"a": {"type": "string"}}},
            "circle": {"type": "object", "properties": {"inner": {"$ref": "#/circle"}}},
            "text": {"type": "string"},
        });
        let mut structures = Structures::default();
        let mut number = |key: &str| structures.number(&Node::root(&root).get(key).unwrap()).unwrap();
        assert_eq!(number("one"), number("same"));
        assert_ne!(number("one"), number("other"));
        assert_ne!(number("one"), number("circle"));
        assert_eq!(number("circle"), number("circle"));
    }
}
