//! Widens response schemas that the examples contradict.
//!
//! The bindings must decode every example without losing a field. A required property that is missing or null in an example becomes
//! optional, a date in another format becomes a plain string, and a property that only the examples have is added. If requests use
//! the schema too, an added property is read-only, and required properties stay required.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::maps::with_maps;
use super::record_types::Records;
use super::shape::{Shape, ValueKind};
use super::{DEEPEST, schema};
use crate::Diagnostic;
use crate::describe::text_format::Format;
use crate::openapi::node::Node;
use crate::openapi::reach::Reach;
use crate::openapi::responses::{json_successes, success_examples};
use crate::openapi::walk::operations;
use crate::source::document::{Document, child};

/// The differences between the examples and the schemas of a document.
#[derive(Default)]
struct Differences {
    /// The properties of examples that an object schema lacks, each with the joined shape of its values and the maximum nesting
    /// depth of its new schema. Each key consists of the pointer to the schema and the name of the property.
    unknown: BTreeMap<(String, String), (Shape, usize)>,
    /// The required properties that are missing or null in an example, each as the pointer to its object schema and its name.
    absent: BTreeSet<(String, String)>,
    /// The pointers to the string schemas whose `format` does not match an example.
    formats: BTreeSet<String>,
    /// The pointers to the schemas of list items and map values that are null in an example.
    nulls: BTreeSet<String>,
}

/// Widens the schemas of all successful responses. Returns a diagnostic for each difference between a schema and the examples.
pub(crate) fn widen(document: &mut Document) -> Vec<Diagnostic> {
    let mut differences = Differences::default();
    let root = Node::root(&document.value);
    let mut requests = Vec::new();
    for (pointer, path, method, _) in operations(&document.value) {
        let item = child("/paths", path);
        requests.extend([child(&pointer, "requestBody"), child(&pointer, "parameters"), child(&item, "parameters")]);
        let operation = root.get("paths").and_then(|paths| paths.get(path)?.get(method));
        for media in operation.into_iter().flat_map(|operation| json_successes(&operation).unwrap_or_default()) {
            let Some(schema) = media.get("schema") else { continue };
            for example in success_examples(&media) {
                differences.value(&schema, example.value, true, DEEPEST);
            }
        }
    }
    let mut reach = Reach::default();
    reach.extend(&document.value, requests);
    differences.apply(document, &reach)
}

impl Differences {
    /// Compares a value with a schema, down to `levels` nested values. `is_result` is true for the result of an operation and for
    /// its envelope.
    fn value(&mut self, schema: &Node<'_>, value: &Value, is_result: bool, levels: usize) {
        let Some(levels) = levels.checked_sub(1) else { return };
        let parts = parts(schema);
        match value {
            Value::Object(entries) => self.object(&parts, entries, is_result, levels),
            Value::Array(items) => self.items(&parts, "items", items.iter(), levels),
            Value::String(text) if !text.is_empty() => {
                let is_wrong = |part: &&Node<'_>| match part.get("format").and_then(|format| format.value.as_str()) {
                    Some("date") => Format::of(text) != Format::Date,
                    Some("date-time") => !starts_with_time(text),
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
                if item.is_null() && accepts_null(&schema) == Some(false) {
                    self.nulls.insert(schema.pointer.clone());
                }
                self.value(&schema, item, false, levels);
            }
        }
    }

    fn object(&mut self, parts: &[Node<'_>], entries: &Map<String, Value>, is_result: bool, levels: usize) {
        // If a schema has one of these keywords, the properties that it lacks can be described elsewhere: by
        // `additionalProperties`, by a branch of the union, or by a subtype of the base.
        const OPEN: [&str; 4] = ["additionalProperties", "oneOf", "anyOf", "discriminator"];
        let has = |part: &Node<'_>, key: &str| part.get(key).is_some_and(|value| value.value != &Value::Bool(false));
        let is_open = parts.iter().any(|part| OPEN.iter().any(|key| has(part, key)));
        // A schema without `properties` describes an object with arbitrary keys and stays unchanged. Only the schema of a result
        // gets the properties of the examples.
        let owner = parts
            .iter()
            .find(|part| has(part, "properties"))
            .or(parts.first().filter(|_| is_result && accept_objects(parts)));
        let properties =
            |key: &str| -> Vec<_> { parts.iter().filter_map(|part| part.get("properties")?.get(key)).collect() };
        let others = entries.iter().filter(|(key, _)| properties(key).is_empty()).map(|(_, value)| value);
        self.items(parts, "additionalProperties", others, levels);
        for (key, value) in entries {
            let known = properties(key);
            let is_result = is_result && key == "result" && entries.contains_key("ok");
            for property in &known {
                self.value(property, value, is_result, levels);
            }
            if let (true, Some(owner)) = (known.is_empty() && !is_open, owner) {
                let shape = with_maps(key, Shape::of(value), &BTreeSet::new());
                let new = || (Shape::NEVER, levels);
                let known = self.unknown.entry((owner.pointer.clone(), key.clone())).or_insert_with(new);
                let joined = std::mem::replace(&mut known.0, Shape::NEVER).join(shape);
                *known = (joined, known.1.min(levels));
            }
        }
        for part in parts {
            for name in part.items_of("required").unwrap_or_default() {
                let Some(name) = name.value.as_str() else { continue };
                let is_absent = match entries.get(name) {
                    Some(Value::Null) => properties(name).iter().any(|it| accepts_null(it) == Some(false)),
                    value => value.is_none(),
                };
                if is_absent {
                    self.absent.insert((part.pointer.clone(), name.to_owned()));
                }
            }
        }
    }

    fn apply(self, document: &mut Document, requests: &Reach) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let value = &mut document.value;
        for ((pointer, key), (shape, levels)) in self.unknown {
            let mut property = property(&shape, &key, levels);
            if requests.contains(&pointer) {
                property["readOnly"] = true.into();
            }
            if let Some(schema) = value.pointer_mut(&pointer).and_then(Value::as_object_mut)
                && let Some(properties) = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut()
            {
                properties.insert(key.clone(), property);
                schema.entry("type").or_insert_with(|| "object".into());
                let note = Diagnostic::left_out(format!("an example has the property `{key}`, which its schema lacks"));
                found.push(note.at(&pointer).note("the property is inferred from the example"));
            }
        }
        for (pointer, key) in self.absent {
            if requests.contains(&pointer) {
                let message = format!("an example lacks `{key}`, which its schema requires");
                let warning = Diagnostic::warning(message).at(&pointer);
                let warning =
                    warning.note("the property stays required in requests, so responses without it can't be decoded");
                found.push(
                    warning.help("with an overlay action, correct `required` or give the response its own schema"),
                );
                continue;
            }
            if let Some(required) = value.pointer_mut(&child(&pointer, "required")).and_then(Value::as_array_mut) {
                required.retain(|name| name != key.as_str());
                let note = Diagnostic::left_out(format!("an example lacks `{key}`, which its schema requires"));
                found.push(note.at(&pointer).note("the property becomes optional"));
            }
        }
        for pointer in self.formats {
            if let Some(schema) = value.pointer_mut(&pointer).and_then(Value::as_object_mut)
                && let Some(format) = schema.remove("format")
            {
                let format = format.as_str().unwrap_or_default();
                let note = Diagnostic::left_out(format!("an example is not in the format `{format}`"));
                found.push(note.at(&pointer).note("the value is read as a plain string"));
            }
        }
        for pointer in self.nulls {
            if let Some(schema) = value.pointer_mut(&pointer) {
                let inner = schema.take();
                *schema = match inner {
                    Value::Object(inner) if inner.contains_key("$ref") => json!({"allOf": [inner], "nullable": true}),
                    Value::Object(mut inner) => {
                        inner.insert("nullable".to_owned(), true.into());
                        inner.into()
                    }
                    other => other,
                };
                let note = Diagnostic::left_out("an example has null in a list or a map");
                found.push(note.at(&pointer).note("the items can be null"));
            }
        }
        found.into_iter().map(|diagnostic| document.locate(diagnostic)).collect()
    }
}

/// Returns whether a string begins with a date and a time. The bindings decode such strings in several notations.
fn starts_with_time(text: &str) -> bool {
    let (date, time) = text.split_at_checked(10).unwrap_or_default();
    Format::of(date) == Format::Date && time.starts_with(['T', ' ']) && time.contains(':')
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

/// Returns whether objects match all parts of a schema, which has no properties.
fn accept_objects(parts: &[Node<'_>]) -> bool {
    let is_other = |part: &Node<'_>| part.get("type").is_some_and(|ty| ty.value != "object");
    !parts.iter().any(|part| is_other(part) || part.get("items").is_some() || part.get("enum").is_some())
}

/// Returns whether a schema accepts null, or `None` if it accepts any value.
fn accepts_null(schema: &Node<'_>) -> Option<bool> {
    let parts = parts(schema);
    let is_typed =
        |part: &Node<'_>| ["type", "properties", "oneOf", "anyOf", "enum"].iter().any(|key| part.get(key).is_some());
    if !parts.iter().any(is_typed) {
        return None;
    }
    Some(parts.iter().any(|part| part.flag_of("nullable").unwrap_or_default()))
}

/// Returns the schema of a property that only the examples have.
fn property(shape: &Shape, key: &str, levels: usize) -> Value {
    let Some(levels) = levels.checked_sub(1) else { return json!({}) };
    let mut property = match &shape.kind {
        ValueKind::Object(record) => {
            let fields = record.fields.iter();
            let fields: Map<String, Value> =
                fields.map(|(key, field)| (key.clone(), property(&field.shape, key, levels))).collect();
            json!({"type": "object", "properties": fields})
        }
        ValueKind::List(items) => json!({"type": "array", "items": property(items, key, levels)}),
        ValueKind::Map(values) => json!({"type": "object", "additionalProperties": property(values, key, levels)}),
        _ => schema(shape, "", key, &Records::default(), levels),
    };
    if shape.nullable {
        property["nullable"] = true.into();
    }
    property
}
