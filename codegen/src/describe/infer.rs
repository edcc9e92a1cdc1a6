//! Infers the schemas of responses from their examples.
//!
//! A response that already has a schema keeps it, but the schema is widened if the examples contradict it. For the other responses
//! of an operation, the shapes of all examples are joined, and the result is taken out of its envelope. The objects in all results
//! are then turned into maps (see [`maps`]) or grouped into types (see [`record_types`]). Most fields are optional, even if all
//! examples contain them, because a real response can lack whole groups of keys. Only identifiers are required, because real
//! responses always contain them.

pub mod maps;
pub mod record_types;
pub mod shape;
pub mod widen;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::describe::infer::maps::{MapKeys, map_keys, with_maps};
use crate::describe::infer::record_types::{Records, Root, records};
use crate::describe::infer::shape::{ObjectShape, Shape, ValueKind};
use crate::describe::request_data::components;
use crate::openapi::media_type::{content, is_json};
use crate::openapi::node::Node;
use crate::openapi::responses::{examples, is_error};
use crate::openapi::walk::{component_types, operation_name, operations};
use crate::openapi::words::words;
use crate::source::document::{Document, child};

/// The keys of identifiers, and the `type` tag. A field with one of these keys is required, unless it is missing or null in an
/// example.
pub(crate) const REQUIRED: [&str; 6] = ["type", "code", "short_url_code", "identifier", "uuid", "id"];

/// The name of the error response schema.
pub const ERROR: &str = "ErrorResponse";

/// The maximum nesting depth of lists and maps. Deeper values stay untyped. Real documents have only a few levels, and a later
/// stage rejects schemas that are twice as deep.
const DEEPEST: usize = 32;

/// Statistics of the type inference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inferred {
    /// The number of responses for which a schema was inferred.
    pub responses: usize,
    /// The number of examples that were read.
    pub examples: usize,
    /// The number of named types that were inferred.
    pub types: usize,
}

/// The untyped responses of one operation.
#[derive(Debug)]
pub(crate) struct Untyped {
    /// The pointer to the operation.
    pub(crate) operation: String,
    /// The name of the result type, without the `Result` suffix.
    name: String,
    /// The pointer to each media type, and whether the media type belongs to an error response.
    media: Vec<(String, bool)>,
    /// The pointer to each example value, and whether the example shows an error.
    pub(crate) examples: Vec<(String, bool)>,
    /// The joined shape of the examples that don't show an error.
    pub(crate) success: Shape,
}

impl Untyped {
    /// The name of the result type.
    pub(crate) fn result_type(&self) -> String {
        format!("{}Result", self.name)
    }
}

/// The shapes and types learned from a document's examples.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) answers: Vec<Untyped>,
    /// The shape of each envelope, by operation name.
    envelopes: BTreeMap<String, ObjectShape>,
    roots: Vec<Root>,
    /// The record types in all results.
    pub(crate) records: Records,
    /// The keys under which objects are treated as maps.
    pub(crate) map_keys: MapKeys,
}

/// Reads the examples of all responses without a schema.
pub(crate) fn learn(document: &Value) -> Learned {
    let answers = untyped(document);
    let (roots, envelopes) = roots(&answers);
    let mut map_keys = map_keys(&roots);
    // The types of the records depend on which objects are maps, and an object is a map if a record of the same type has a map under
    // its key. Each round turns at least one more object into a map.
    let (roots, records) = loop {
        let shape = |root: &Root| with_maps("", root.shape.clone(), &map_keys);
        let shaped: Vec<Root> = roots.iter().map(|root| Root { shape: shape(root), ..root.clone() }).collect();
        let records = records(&shaped, type_names(document));
        if records.maps.is_empty() {
            break (shaped, records);
        }
        for (key, depths) in records.maps {
            map_keys.nested.entry(key).or_default().extend(depths);
        }
    };
    Learned { answers, envelopes, roots, records, map_keys }
}

/// Adds a schema to every response that has examples but no schema.
pub fn infer(document: &mut Document) -> Inferred {
    let Learned { answers: untyped, envelopes, roots, records, .. } = learn(&document.value);
    let mut schemas = Map::new();
    for root in &roots {
        if !matches!(root.shape.kind, ValueKind::Object(_)) {
            schemas.insert(root.name.clone(), schema(&root.shape, &root.name, "", &records, DEEPEST));
        }
    }
    let results: BTreeSet<&str> = roots.iter().map(|root| root.name.as_str()).collect();
    for (name, record) in &records.types {
        schemas.insert(name.clone(), record_schema(record, name, results.contains(name.as_str()), &records));
    }
    let has_errors = untyped.iter().any(|operation| operation.media.iter().any(|(_, error)| *error));
    if has_errors && document.value.pointer(&child("/components/schemas", ERROR)).is_none() {
        let properties = json!({"ok": ok(false), "error_message": {"type": "string", "nullable": true}});
        schemas.insert(ERROR.to_owned(), json!({"type": "object", "required": ["ok"], "properties": properties}));
    }
    let inferred = Inferred {
        responses: untyped.iter().map(|operation| operation.media.len()).sum(),
        examples: untyped.iter().map(|operation| operation.examples.len()).sum(),
        types: schemas.len(),
    };
    write(&mut document.value, &untyped, &envelopes, schemas);
    inferred
}

fn untyped(document: &Value) -> Vec<Untyped> {
    let mut seen = BTreeSet::new();
    // Inferred result types must not reuse the names of result types that the document declares.
    let results = type_names(document).into_iter();
    let results = results.filter_map(|name| Some((name.strip_suffix("Result")?.to_owned(), 2)));
    let mut names: BTreeMap<String, usize> = results.collect();
    let mut result = Vec::new();
    for (pointer, path, method, operation) in operations(document) {
        let name = unique_name(operation_name(operation, method, path), &mut names);
        let (mut media_types, mut all_examples, mut successes) = (Vec::new(), Vec::new(), Vec::new());
        let responses = Node::at(document, &child(&pointer, "responses")).and_then(|it| it.entries().ok());
        for (status, response) in responses.into_iter().flatten() {
            // References are followed, so that a response or a media type that several operations share gets a schema only once.
            let content = response.follow().and_then(|response| content(&response)).unwrap_or_default();
            for (media_type, media) in content {
                // A `$ref` means that the reference does not resolve.
                let is_untyped = ["schema", "$ref"].iter().all(|key| media.get(key).is_none());
                if !is_json(media_type)
                    || !media.value.is_object()
                    || !is_untyped
                    || !seen.insert(media.pointer.clone())
                {
                    continue;
                }
                let is_failure = !(status.starts_with('2') || status == "default");
                let examples: Vec<_> = examples(&media)
                    .into_iter()
                    .map(|it| (it.pointer, it.value, is_failure || is_error(it.value)))
                    .collect();
                // A successful response has the error type only if all its examples show an error.
                let has_errors = !examples.is_empty() && examples.iter().all(|(_, _, error)| *error);
                successes.extend(examples.iter().filter(|(_, _, error)| !error).map(|(_, it, _)| Shape::of(it)));
                all_examples.extend(examples.into_iter().map(|(pointer, _, error)| (pointer, error)));
                media_types.push((media.pointer, is_failure || has_errors));
            }
        }
        if !media_types.is_empty() {
            let success = Shape::all(successes);
            result.push(Untyped { operation: pointer, name, media: media_types, examples: all_examples, success });
        }
    }
    result
}

/// Returns the name, with a number appended if the name is already taken. `taken` maps each taken name to the next number to try.
fn unique_name(name: String, taken: &mut BTreeMap<String, usize>) -> String {
    let mut free = name.clone();
    let mut number = taken.get(&name).copied().unwrap_or(2);
    while taken.contains_key(&free) {
        free = format!("{name}{number}");
        number += 1;
    }
    taken.insert(free.clone(), 2);
    if free != name {
        taken.insert(name, number);
    }
    free
}

/// Separates each result from its envelope, if it has one. Returns the results, and the envelopes by operation name.
fn roots(untyped: &[Untyped]) -> (Vec<Root>, BTreeMap<String, ObjectShape>) {
    let mut roots = Vec::new();
    let mut envelopes = BTreeMap::new();
    for operation in untyped {
        let mut item = words(&operation.name);
        if item.len() > 1 {
            item.remove(0);
        }
        let root = |shape| Root { name: operation.result_type(), item: item.clone(), shape };
        match &operation.success.kind {
            ValueKind::Object(record) if record.fields.contains_key("ok") => {
                roots.extend(record.fields.get("result").map(|result| root(result.shape.clone())));
                envelopes.insert(operation.name.clone(), record.clone());
            }
            ValueKind::Never => {}
            _ => roots.push(root(operation.success.clone())),
        }
    }
    (roots, envelopes)
}

/// Returns the type names that inferred types can't have.
fn type_names(document: &Value) -> BTreeSet<String> {
    let mut names = component_types(document);
    names.insert(ERROR.to_owned());
    names
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn record_schema(record: &ObjectShape, name: &str, is_result: bool, records: &Records) -> Value {
    let sure = |shape: &Shape, optional: bool| !optional && !shape.nullable;
    let mut objects = record
        .fields
        .iter()
        .filter(|(_, field)| matches!(field.shape.kind, ValueKind::Object(_)) && sure(&field.shape, field.optional));
    // If a result has exactly one field that contains an object in every example, that field is required.
    let only = match (objects.next(), objects.next()) {
        (Some((key, _)), None) if is_result => Some(key),
        _ => None,
    };
    let required = record.fields.iter().filter(|(key, field)| {
        sure(&field.shape, field.optional) && (REQUIRED.contains(&key.as_str()) || only == Some(key))
    });
    let required: Vec<Value> = required.map(|(key, _)| Value::from(key.as_str())).collect();
    let fields = record.fields.iter();
    let properties: Map<String, Value> =
        fields.map(|(key, field)| (key.clone(), schema(&field.shape, name, key, records, DEEPEST))).collect();
    let mut schema = Map::new();
    schema.insert("type".to_owned(), "object".into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema.insert("properties".to_owned(), properties.into());
    schema.into()
}

/// Returns the schema for the shape of the `key` field in the `owner` type. Objects that are not in `records` have an inline schema.
/// Values inside more than `levels` nested lists, maps and inline schemas stay untyped.
fn schema(shape: &Shape, owner: &str, key: &str, records: &Records, levels: usize) -> Value {
    let inner = |inner: &Shape, owner: &str, key: &str| match levels.checked_sub(1) {
        Some(levels) => schema(inner, owner, key, records, levels),
        None => json!({}),
    };
    let mut schema = match &shape.kind {
        ValueKind::Never | ValueKind::Any => json!({}),
        ValueKind::Bool => json!({"type": "boolean"}),
        ValueKind::Int => json!({"type": "integer"}),
        ValueKind::Number => json!({"type": "number"}),
        ValueKind::Text(format) => match format.name() {
            Some(format) => json!({"type": "string", "format": format}),
            None => json!({"type": "string"}),
        },
        ValueKind::Id => json!({"oneOf": [{"type": "integer"}, {"type": "string"}], "x-rust-type": "String"}),
        ValueKind::List(items) => json!({"type": "array", "items": inner(items, owner, key)}),
        ValueKind::Map(values) => json!({"type": "object", "additionalProperties": inner(values, owner, key)}),
        ValueKind::Object(record) => match records.fields.get(&(owner.to_owned(), key.to_owned())) {
            Some(name) if shape.nullable => json!({"allOf": [reference(name)]}),
            Some(name) => return reference(name),
            None if record.fields.is_empty() => json!({"type": "object"}),
            None => {
                let fields = record.fields.iter();
                let fields: Map<String, Value> =
                    fields.map(|(key, field)| (key.clone(), inner(&field.shape, "", key))).collect();
                json!({"type": "object", "properties": fields})
            }
        },
    };
    if shape.nullable {
        schema["nullable"] = true.into();
    }
    schema
}

/// Adds the inferred schemas to the components, and a schema to each media type without one. Does nothing if the document's
/// components are malformed, which a later stage reports.
fn write(
    document: &mut Value,
    untyped: &[Untyped],
    envelopes: &BTreeMap<String, ObjectShape>,
    schemas: Map<String, Value>,
) {
    if !schemas.is_empty() {
        let Some(components) = components(document) else { return };
        components.extend(schemas);
    }
    for operation in untyped {
        let result = operation.result_type();
        for (place, error) in &operation.media {
            let schema = match envelopes.get(&operation.name) {
                _ if *error => reference(ERROR),
                Some(envelope) => envelope_schema(envelope, &result),
                None if operation.success.kind == ValueKind::Never => json!({
                    "type": "object",
                    "required": ["ok"],
                    "properties": {"ok": ok(true), "result": {}},
                }),
                None => reference(&result),
            };
            if let Some(media) = document.pointer_mut(place).and_then(Value::as_object_mut) {
                media.insert("schema".to_owned(), schema);
            }
        }
    }
}

/// Returns the schema of `ok` in the envelope of successful responses, or of errors.
fn ok(is_success: bool) -> Value {
    json!({"type": "boolean", "enum": [is_success]})
}

fn envelope_schema(envelope: &ObjectShape, result: &str) -> Value {
    let none = Records::default();
    let properties = envelope.fields.iter().map(|(key, field)| {
        let schema = match key.as_str() {
            "result" => reference(result),
            "ok" if field.shape.kind == ValueKind::Bool => ok(true),
            _ => schema(&field.shape, "", key, &none, DEEPEST),
        };
        (key.clone(), schema)
    });
    let properties: Map<String, Value> = properties.collect();
    let required: Vec<&str> = ["ok", "result"]
        .into_iter()
        .filter(|key| envelope.fields.get(*key).is_some_and(|field| !field.optional && !field.shape.nullable))
        .collect();
    json!({"type": "object", "required": required, "properties": properties})
}
