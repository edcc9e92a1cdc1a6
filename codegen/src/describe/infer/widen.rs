//! Widens response schemas that contradict the examples of the same responses.
//!
//! These contradictions are resolved in favor of the examples, so that the bindings can decode them:
//!
//! - A required property that is missing or null becomes optional.
//! - A date or a time in another format becomes a plain string.
//! - The items of a list or the values of a map become nullable if one of them is null.
//! - A property that the schema lacks is added.
//!
//! If requests have the same schema, only a property is added, as a read-only property; all other contradictions cause warnings. A
//! value of another JSON type causes a warning too.

mod apply;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::DEEPEST;
use super::shape::Shape;
use crate::Diagnostic;
use crate::describe::text_format::Format;
use crate::openapi::node::Node;
use crate::openapi::reach::{Reach, is_within};
use crate::openapi::responses::{json_successes, success_examples};
use crate::openapi::walk::operations;
use crate::source::document::{Document, child};

/// The contradictions between the examples and the schemas of a document.
#[derive(Default)]
struct Contradictions {
    /// The properties that an object schema lacks, each with the shapes of its values and the maximum nesting depth of its new
    /// schema. Each key consists of the pointer to the object schema and the name of the property.
    unknown: BTreeMap<(String, String), (Vec<Shape>, usize)>,
    /// The required properties that are missing or null in an example, each as the pointer to its object schema and its name, and
    /// whether the property is read-only.
    absent: BTreeMap<(String, String), bool>,
    /// The pointers to the string schemas whose `format` does not match an example.
    formats: BTreeSet<String>,
    /// The pointers to the schemas of list items and map values that are null in an example.
    nulls: BTreeSet<String>,
    /// The pointers to the schemas with an example of another JSON type, and the name of that type.
    types: BTreeMap<String, &'static str>,
    /// The pointers to the schemas without a type whose examples are not all objects.
    untyped: BTreeSet<String>,
}

/// Widens the schemas of all successful responses. Returns a diagnostic for each contradiction.
pub fn widen(document: &mut Document) -> Vec<Diagnostic> {
    let mut contradictions = Contradictions::default();
    let root = Node::root(&document.value);
    let (mut requests, mut seen) = (Vec::new(), BTreeSet::new());
    for (pointer, path, method, _) in operations(&document.value) {
        let item = child("/paths", path);
        requests.extend([child(&pointer, "requestBody"), child(&pointer, "parameters"), child(&item, "parameters")]);
        let operation = root.get("paths").and_then(|paths| paths.get(path)?.get(method));
        for media in operation.iter().flat_map(json_successes) {
            let Some(schema) = media.get("schema").filter(|_| seen.insert(media.pointer.clone())) else { continue };
            for example in success_examples(&media) {
                contradictions.value(&schema, example.value, true, DEEPEST);
            }
        }
    }
    let mut reach = Reach::default();
    reach.extend(&document.value, requests);
    contradictions.apply(document, &reach)
}

impl Contradictions {
    /// Compares a value with a schema, down to `levels` nested values. `is_result` is true for the result of an operation and for
    /// its envelope.
    fn value(&mut self, schema: &Node<'_>, value: &Value, is_result: bool, levels: usize) {
        let Some(levels) = levels.checked_sub(1) else { return };
        let parts = parts(schema);
        for part in &parts {
            match part.get("type").and_then(|ty| ty.value.as_str()) {
                Some(ty) if !is_decoded(value, ty) => drop(self.types.insert(part.pointer.clone(), json_type(value))),
                None if !value.is_object() => drop(self.untyped.insert(part.pointer.clone())),
                _ => {}
            }
        }
        match value {
            Value::Object(entries) => self.object(&parts, entries, is_result, levels),
            Value::Array(items) => self.items(&parts, "items", items.iter(), levels),
            Value::String(text) if !text.is_empty() => {
                let is_wrong = |part: &&Node<'_>| match part.get("format").and_then(|format| format.value.as_str()) {
                    Some("date") => Format::of(text) != Format::Date,
                    Some("date-time") => !is_time(text),
                    _ => false,
                };
                self.formats.extend(parts.iter().filter(is_wrong).map(|part| part.pointer.clone()));
            }
            _ => {}
        }
    }

    /// Compares the items of a list or the values of a map with their schema, which is under `key`.
    fn items<'v>(
        &mut self,
        parts: &[Node<'_>],
        key: &str,
        items: impl Iterator<Item = &'v Value> + Clone,
        levels: usize,
    ) {
        for schema in parts.iter().filter_map(|part| part.get(key)) {
            for item in items.clone() {
                if !item.is_null() {
                    self.value(&schema, item, false, levels);
                } else if !accepts_null(&schema) {
                    self.nulls.insert(schema.pointer.clone());
                }
            }
        }
    }

    fn object(&mut self, parts: &[Node<'_>], entries: &Map<String, Value>, is_result: bool, levels: usize) {
        // If a schema has one of these keywords, the properties that it lacks can be described elsewhere: by
        // `additionalProperties`, by a branch of the union, or by a subtype of the base.
        const OPEN: [&str; 4] = ["additionalProperties", "oneOf", "anyOf", "discriminator"];
        let has = |part: &Node<'_>, key: &str| part.get(key).is_some_and(|value| value.value != &Value::Bool(false));
        let is_open = parts.iter().any(|part| OPEN.iter().any(|key| has(part, key)));
        let owner = owner(parts, is_result).filter(|_| !is_open);
        let properties =
            |key: &str| -> Vec<_> { parts.iter().filter_map(|part| part.get("properties")?.get(key)).collect() };
        let others = entries.iter().filter(|(key, _)| properties(key).is_empty()).map(|(_, value)| value);
        self.items(parts, "additionalProperties", others, levels);
        for (key, value) in entries {
            let known = properties(key);
            let is_result = is_result && key == "result" && entries.contains_key("ok");
            for property in known.iter().filter(|_| !value.is_null()) {
                self.value(property, value, is_result, levels);
            }
            if let (true, Some(owner)) = (known.is_empty(), owner) {
                let unknown = self.unknown.entry((owner.pointer.clone(), key.clone()));
                let (shapes, depth) = unknown.or_insert_with(|| (Vec::new(), levels));
                shapes.push(Shape::of(value));
                *depth = levels.min(*depth);
            }
        }
        for part in parts {
            for name in part.items_of("required").unwrap_or_default() {
                let Some(name) = name.value.as_str() else { continue };
                let known = properties(name);
                let is_missing = match entries.get(name) {
                    Some(Value::Null) => known.iter().any(|it| !accepts_null(it)),
                    value => value.is_none(),
                };
                let has = |flag: &str| known.iter().any(|it| it.flag_of(flag).unwrap_or_default());
                // Responses never contain write-only properties. Lists and maps are decoded as empty.
                if is_missing && !has("writeOnly") && !known.iter().any(is_list_or_map) {
                    self.absent.insert((part.pointer.clone(), name.to_owned()), has("readOnly"));
                }
            }
        }
    }
}

/// Returns the schema to which unknown properties are added: the schema itself, or a schema of its `allOf`, preferably one that is
/// not shared. A schema without `properties` describes an object with arbitrary keys, so nothing is added to it unless it is the
/// schema of a result.
fn owner<'n, 'a>(parts: &'n [Node<'a>], is_result: bool) -> Option<&'n Node<'a>> {
    let first = parts.first()?;
    let mut owners = parts.iter().filter(|part| part.get("properties").is_some());
    let own = owners.clone().find(|part| is_within(&part.pointer, &first.pointer));
    let is_object = |part: &Node<'_>| part.get("type").is_none_or(|ty| ty.value == "object");
    let is_untyped = |part: &Node<'_>| is_object(part) && part.get("items").is_none() && part.get("enum").is_none();
    own.or_else(|| owners.next()).or_else(|| Some(first).filter(|_| is_result && parts.iter().all(is_untyped)))
}

/// Follows the references of a schema, and returns it together with the schemas in its `allOf`, recursively.
fn parts<'a>(schema: &Node<'a>) -> Vec<Node<'a>> {
    let (mut parts, mut next) = (Vec::<Node<'a>>::new(), vec![schema.clone()]);
    while let Some(schema) = next.pop() {
        let Ok(schema) = schema.follow() else { continue };
        if parts.iter().all(|part| part.pointer != schema.pointer) {
            next.extend(schema.items_of("allOf").unwrap_or_default());
            parts.push(schema);
        }
    }
    parts
}

/// Returns whether the bindings decode the value as the given type.
fn is_decoded(value: &Value, ty: &str) -> bool {
    match (value, ty) {
        (Value::Object(entries), "array") => entries.is_empty(),
        (Value::Array(items), "object") => items.is_empty(),
        (Value::String(text), "object" | "boolean") => text.is_empty(),
        (Value::String(_) | Value::Number(_), "string" | "integer" | "number") => true,
        (Value::Null, _) | (Value::Object(_), "object") | (Value::Array(_), "array") | (Value::Bool(_), "boolean") => {
            true
        }
        (_, "object" | "array" | "string" | "integer" | "number" | "boolean") => false,
        _ => true,
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// Returns whether the bindings decode a string as a time: a date, which can be followed by a time with an offset.
fn is_time(text: &str) -> bool {
    let (date, time) = text.split_at_checked(10).unwrap_or_default();
    let has_offset = time.ends_with('Z') || time.contains(['+', '-']);
    Format::of(date) == Format::Date && (time.is_empty() || (time.starts_with(['T', ' ']) && has_offset))
}

fn is_list_or_map(schema: &Node<'_>) -> bool {
    let parts = parts(schema);
    let has = |key: &str| parts.iter().any(|part| part.get(key).is_some());
    let is = |ty: &str| parts.iter().any(|part| part.get("type").is_some_and(|found| found.value == ty));
    is("array") || (is("object") && !has("properties") && !has("oneOf") && !has("anyOf"))
}

/// Returns whether a schema accepts null. A schema without a type accepts any value.
fn accepts_null(schema: &Node<'_>) -> bool {
    const TYPED: [&str; 5] = ["type", "properties", "oneOf", "anyOf", "enum"];
    let parts = parts(schema);
    let is_typed = |part: &Node<'_>| TYPED.iter().any(|key| part.get(key).is_some());
    !parts.iter().any(is_typed) || parts.iter().any(|part| part.flag_of("nullable").unwrap_or_default())
}
