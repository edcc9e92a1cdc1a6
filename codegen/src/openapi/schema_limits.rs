//! Limits the size of the generated code before generation starts.
//!
//! A reference or an `allOf` of a few bytes can add thousands of fields, and a type takes about a hundred times as much memory as
//! its text in the document. GitHub's description, one of the largest public ones, has 1,199 operations, 7,000 types and 52,000
//! fields.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::openapi::node::Node;
use crate::openapi::schema::DEEPEST;
use crate::{Diagnostic, Result};

/// The maximum number of operations.
const MAX_OPERATIONS: usize = 5_000;

/// The maximum number of schemas that become types.
pub(crate) const MAX_TYPES: usize = 15_000;

/// The maximum number of fields, parameters, enum values and branches. Fields repeated by `allOf` count each time.
const MAX_FIELDS: usize = 100_000;

/// The operation, type and field counts so far.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    operations: usize,
    types: usize,
    fields: usize,
    /// The pointers to the nodes already counted. A node with several references is counted only once.
    seen: HashSet<String>,
    /// The number of fields in each schema, including those of its `allOf`, by the pointer to the schema.
    sums: HashMap<String, usize>,
}

impl Limits {
    /// Records a node. Returns whether the node is new.
    pub(crate) fn is_new(&mut self, node: &Node<'_>) -> bool {
        self.seen.insert(node.pointer.clone())
    }

    /// Counts an operation and its parameters.
    pub(crate) fn operation(&mut self, node: &Node<'_>, parameters: usize) -> Result<()> {
        self.operations += 1;
        if self.operations > MAX_OPERATIONS {
            return Err(too_many(node, MAX_OPERATIONS, "operations"));
        }
        self.fields(node, parameters)
    }

    /// Counts a schema, but not its inner schemas.
    pub(crate) fn schema(&mut self, node: &Node<'_>) -> Result<()> {
        let discriminator = node.get("discriminator");
        let mapping = discriminator.as_ref().and_then(|tag| Some(tag.value.get("mapping")?.as_object()?.len()));
        let (fields, tagged) = (self.sum(node, 0)? + mapping.unwrap_or_default(), discriminator.is_some());
        self.types += usize::from(fields > 0 || tagged || node.get("properties").is_some());
        if self.types > MAX_TYPES {
            return Err(too_many(node, MAX_TYPES, "types"));
        }
        self.fields(node, fields)
    }

    fn fields(&mut self, node: &Node<'_>, count: usize) -> Result<()> {
        self.fields = self.fields.saturating_add(count);
        if self.fields > MAX_FIELDS {
            return Err(too_many(node, MAX_FIELDS, "fields, parameters and enum values"));
        }
        Ok(())
    }

    /// Counts the fields or enum values of a schema, including those of its `allOf`.
    fn sum(&mut self, node: &Node<'_>, depth: usize) -> Result<usize> {
        if let Some(known) = self.sums.get(&node.pointer) {
            return Ok(*known);
        }
        if depth > DEEPEST {
            let error = node.error(format!("`allOf` is nested more than {DEEPEST} levels deep"));
            return Err(error.help("merge the nested `allOf` schemas into one schema"));
        }
        // Prevents endless recursion in a cycle. A later check reports the cycle.
        self.sums.insert(node.pointer.clone(), 0);
        let size = |key: &str| node.value.get(key).and_then(|value| Some(value.as_object()?.len())).unwrap_or(0);
        let values = length(node, "enum") + length(node, "x-extensible-enum");
        let mut sum = size("properties") + values + branches(node);
        // Schemas that can't be read are ignored here, and reported when the `allOf` itself is checked.
        let parts: Vec<_> = node.items_of("allOf").unwrap_or_default().iter().flat_map(Node::follow).collect();
        // An `allOf` with a single schema is a reference with annotations, which adds no fields.
        if parts.len() > 1 || sum > 0 {
            for part in parts {
                sum = sum.saturating_add(self.sum(&part, depth + 1)?);
            }
        }
        self.sums.insert(node.pointer.clone(), sum);
        Ok(sum)
    }
}

fn length(node: &Node<'_>, key: &str) -> usize {
    node.value.get(key).and_then(|value| Some(value.as_array()?.len())).unwrap_or(0)
}

/// Counts the `oneOf` and `anyOf` branches of a schema.
fn branches(node: &Node<'_>) -> usize {
    length(node, "oneOf") + length(node, "anyOf")
}

/// Rejects a document if the objects in its examples have more than [`MAX_TYPES`] different sets of keys. This check runs before
/// schemas are inferred from the examples.
pub(crate) fn examples(document: &Value) -> Result<()> {
    let mut kinds = HashSet::new();
    let root = Node::root(document);
    let parts = [root.get("paths"), root.get("components").and_then(|components| components.get("responses"))];
    parts.iter().flatten().try_for_each(|node| examples_within(node, &mut kinds))?;
    // The examples under `components` count as well, because responses can refer to them.
    let shared = root.get("components").and_then(|components| components.get("examples"));
    shared.map_or(Ok(()), |examples| count(&examples, &mut kinds))
}

fn examples_within(node: &Node<'_>, kinds: &mut HashSet<u64>) -> Result<()> {
    for (key, inner) in node.entries().unwrap_or_default() {
        // Examples next to a schema don't count, because no schema is inferred from them.
        let untyped = node.get("schema").is_none();
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

/// Adds the sets of keys in an example to `kinds`, and returns an error if there are too many.
fn count(example: &Node<'_>, kinds: &mut HashSet<u64>) -> Result<()> {
    gather(example.value, kinds);
    if kinds.len() > MAX_TYPES {
        let error =
            example.error(format!("the objects in the examples have more than {MAX_TYPES} different sets of keys"));
        return Err(error.help("describe the response with a schema, or shorten its example"));
    }
    Ok(())
}

/// Adds a hash of the keys of each object in a value to `kinds`.
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

fn too_many(node: &Node<'_>, limit: usize, what: &str) -> Diagnostic {
    let error = node.error(format!("the document has more than {limit} {what}"));
    error.help("describe keys that are data with `additionalProperties`, or split the document")
}
