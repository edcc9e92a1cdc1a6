//! How much a document may ask for: what a text of some megabytes describes must fit into memory, and into a coffee break.
//!
//! A reference or an `allOf` of a few bytes can bring thousands of fields along, and each type and each method costs a hundred
//! times its text when it is written. So all of them are counted before any is made. The largest public description that we know
//! of, GitHub's, has 1,199 operations, 7,000 types and 52,000 fields.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::openapi::node::Node;
use crate::openapi::schema::DEEPEST;
use crate::{Diagnostic, Result};

/// How many operations there may be.
const MAX_OPERATIONS: usize = 5_000;

/// How many schemas there may be that become types of their own.
pub(crate) const MAX_TYPES: usize = 15_000;

/// How many fields, parameters, values of enums and branches there may be, those counted again that `allOf` repeats.
const MAX_FIELDS: usize = 100_000;

/// What is counted so far.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    operations: usize,
    types: usize,
    fields: usize,
    /// The pointers of what has been looked at; many places may refer to it.
    seen: HashSet<String>,
    /// How many fields the schema of a pointer has, with those of its parts.
    sums: HashMap<String, usize>,
}

impl Limits {
    /// Whether a place is looked at for the first time.
    pub(crate) fn is_new(&mut self, place: &Node<'_>) -> bool {
        self.seen.insert(place.pointer.clone())
    }

    /// Counts an operation with its parameters.
    pub(crate) fn operation(&mut self, place: &Node<'_>, parameters: usize) -> Result<()> {
        self.operations += 1;
        if self.operations > MAX_OPERATIONS {
            return Err(too_many(place, MAX_OPERATIONS, "operations"));
        }
        self.fields(place, parameters)
    }

    /// Counts a schema, without those inside it.
    pub(crate) fn schema(&mut self, place: &Node<'_>) -> Result<()> {
        let fields = self.sum(place, 0)?;
        let tagged = place.get("discriminator").is_some();
        // A choice alone is no type.
        self.types += usize::from(fields > branches(place) || tagged || place.get("properties").is_some());
        if self.types > MAX_TYPES {
            return Err(too_many(place, MAX_TYPES, "types"));
        }
        self.fields(place, fields)
    }

    fn fields(&mut self, place: &Node<'_>, count: usize) -> Result<()> {
        self.fields = self.fields.saturating_add(count);
        if self.fields > MAX_FIELDS {
            return Err(too_many(place, MAX_FIELDS, "fields, parameters and values of enums"));
        }
        Ok(())
    }

    /// How many fields or values a schema has. Nothing is kept of those, so that they can be counted however many there are.
    fn sum(&mut self, place: &Node<'_>, depth: usize) -> Result<usize> {
        if let Some(known) = self.sums.get(&place.pointer) {
            return Ok(*known);
        }
        if depth > DEEPEST {
            let error = place.error(format!("more than {DEEPEST} schemas are parts of each other"));
            return Err(error.help("let a property stand between them"));
        }
        // A schema that is a part of itself is refused by the stage that makes types of it.
        self.sums.insert(place.pointer.clone(), 0);
        let size = |key: &str| place.value.get(key).and_then(|value| Some(value.as_object()?.len())).unwrap_or(0);
        let mapping = place.get("discriminator").and_then(|tag| Some(tag.value.get("mapping")?.as_object()?.len()));
        let values = length(place, "enum") + length(place, "x-extensible-enum");
        let mut sum = size("properties") + values + mapping.unwrap_or_default() + branches(place);
        let parts = place.items_of("allOf")?;
        // A single part is a reference with words beside it, and brings nothing along.
        if parts.len() > 1 || sum > 0 {
            for part in parts {
                sum = sum.saturating_add(self.sum(&part.follow()?, depth + 1)?);
            }
        }
        self.sums.insert(place.pointer.clone(), sum);
        Ok(sum)
    }
}

fn length(place: &Node<'_>, key: &str) -> usize {
    place.value.get(key).and_then(|value| Some(value.as_array()?.len())).unwrap_or(0)
}

/// How many branches a schema has. They are read anew for each record that it is a part of.
fn branches(place: &Node<'_>) -> usize {
    length(place, "oneOf") + length(place, "anyOf")
}

/// Refuses examples of more kinds of objects than there may be types, before their shapes are found out.
pub(crate) fn examples(document: &Value) -> Result<()> {
    let mut kinds = HashSet::new();
    let root = Node::root(document);
    let parts = [root.get("paths"), root.get("components").and_then(|components| components.get("responses"))];
    parts.iter().flatten().try_for_each(|place| examples_within(place, &mut kinds))?;
    // What stands here is read wherever it is referred to.
    let shared = root.get("components").and_then(|components| components.get("examples"));
    shared.map_or(Ok(()), |examples| count(&examples, &mut kinds))
}

fn examples_within(place: &Node<'_>, kinds: &mut HashSet<u64>) -> Result<()> {
    for (key, inner) in place.entries().unwrap_or_default() {
        // What has a schema needs no example.
        let untyped = place.get("schema").is_none();
        match key {
            "example" | "examples" if untyped => {
                count(&inner, kinds)?;
            }
            "example" | "examples" | "schema" | "parameters" => {}
            _ => examples_within(&inner, kinds)?,
        }
    }
    Ok(())
}

/// Counts the kinds of objects that an example adds.
fn count(example: &Node<'_>, kinds: &mut HashSet<u64>) -> Result<()> {
    gather(example.value, kinds);
    if kinds.len() > MAX_TYPES {
        let error = example.error(format!("the examples hold more than {MAX_TYPES} kinds of objects"));
        return Err(error.help("describe the response by a schema, or shorten its example"));
    }
    Ok(())
}

/// Collects the kinds of objects: those that have the same keys are of one.
fn gather(value: &Value, kinds: &mut HashSet<u64>) {
    match value {
        Value::Object(entries) => {
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort();
            let mut hasher = DefaultHasher::new();
            keys.hash(&mut hasher);
            kinds.insert(hasher.finish());
            entries.values().for_each(|value| gather(value, kinds));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, kinds)),
        _ => {}
    }
}

fn too_many(place: &Node<'_>, limit: usize, what: &str) -> Diagnostic {
    let error = place.error(format!("the document describes more than {limit} {what}; this one exceeds them"));
    error.help("describe keys that are data by `additionalProperties`, or split the document")
}
