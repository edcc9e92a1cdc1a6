//! Finds schemas that are repeated in the document and become one type.
//!
//! Batch operations repeat the inputs of operations on individual items. Request objects that differ only in descriptions and
//! examples become one type, unless they have different values of `x-rust-name`. Enums with the same `x-rust-name` also become
//! one type, with the values of all enums.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::Result;
use crate::model::names;
use crate::openapi::node::Node;
use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::METHODS;

/// A type shared by equal schemas.
#[derive(Clone, Debug)]
pub(crate) struct EqualSchema<'a> {
    /// A key that identifies the shared type.
    pub(crate) key: String,
    /// The type name from `x-rust-name`, if one of the equal schemas has this extension.
    pub(crate) name: Option<String>,
    /// The schema whose descriptions become the documentation of the type.
    pub(crate) node: Node<'a>,
}

/// The shared types of a document.
#[derive(Debug, Default)]
pub(crate) struct EqualSchemas<'a> {
    records: HashMap<String, EqualSchema<'a>>,
    enums: HashMap<String, Vec<String>>,
}

impl<'a> EqualSchemas<'a> {
    /// Finds the equal schemas of a document.
    pub(crate) fn find(root: &Node<'a>) -> Result<Self> {
        let mut shared = Self::default();
        let mut found = HashMap::new();
        enums(root.value, &mut found);
        shared.enums = found.into_iter().map(|(name, (_, values))| (name, values)).collect();
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
            shared.add(number, &members);
        }
        Ok(shared)
    }

    /// Returns the type that an object schema shares with equal schemas, if any.
    pub(crate) fn record(&self, node: &Node<'_>) -> Option<&EqualSchema<'a>> {
        self.records.get(&node.pointer)
    }

    /// Returns the values of all enums with the given `x-rust-name`.
    pub(crate) fn values(&self, name: &str) -> Option<&[String]> {
        self.enums.get(name).map(Vec::as_slice)
    }

    fn add(&mut self, structure: usize, members: &[Node<'a>]) {
        let mut wanted: Vec<_> = members.iter().filter_map(wanted_name).collect();
        wanted.sort();
        wanted.dedup();
        for node in members {
            // Equal schemas with different values of `x-rust-name` remain different types.
            let name = match wanted.as_slice() {
                [] => None,
                [only] => Some(only.clone()),
                _ => wanted_name(node),
            };
            let best = members.iter().find(|member| wanted_name(member) == name).unwrap_or(node);
            let key = format!("{} {structure}", name.as_deref().unwrap_or_default());
            self.records.insert(node.pointer.clone(), EqualSchema { key, name, node: best.clone() });
        }
    }
}

/// Returns the type name from a schema's `x-rust-name`, if any.
pub(crate) fn wanted_name(node: &Node<'_>) -> Option<String> {
    node.value.get("x-rust-name")?.as_str().map(names::type_name)
}

/// Assigns a number to each schema. Equal schemas get the same number and can become one type.
#[derive(Debug, Default)]
struct Structures<'a> {
    numbers: HashMap<String, usize>,
    known: HashMap<String, usize>,
    open: Vec<String>,
    /// For each number, the object schemas with this number, in document order.
    records: BTreeMap<usize, Vec<Node<'a>>>,
}

impl<'a> Structures<'a> {
    fn number(&mut self, node: &Node<'a>) -> Result<usize> {
        if let Some(number) = self.known.get(&node.pointer) {
            return Ok(*number);
        }
        if self.open.contains(&node.pointer) || self.open.len() > DEEPEST {
            // A recursive schema is equal only to itself.
            return Ok(self.intern(node.pointer.clone()));
        }
        self.open.push(node.pointer.clone());
        let number = self.fresh(node)?;
        self.open.pop();
        self.known.insert(node.pointer.clone(), number);
        if node.get("properties").is_some() {
            self.records.entry(number).or_default().push(node.clone());
        }
        Ok(number)
    }

    fn fresh(&mut self, node: &Node<'a>) -> Result<usize> {
        let mut parts = BTreeMap::new();
        for (key, part) in node.entries()? {
            let text = match key {
                "description" | "example" | "examples" | "x-enumDescriptions" | "x-rust-name" => continue,
                "$ref" => self.number(&node.follow()?)?.to_string(),
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
                        // An `allOf` with a single schema is equal to a reference to that schema.
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

/// Collects the values of enums by their `x-rust-name`.
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
    fn descriptions_are_ignored() {
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
