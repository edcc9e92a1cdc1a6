//! Types the responses that the document leaves untyped, from their examples.
//!
//! A response schema that the document does have wins. For all others the examples of one operation are joined to one shape, the
//! envelope is told apart from the result, and the records of all results are sorted into types over the whole document
//! (see [`record_types`]). Which fields are required is a rule of names, for responses of other years
//! lack whole groups of keys, and nothing but an identity is sure to be there.

pub mod record_types;
pub mod shape;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::describe::infer::record_types::{Records, Root, map_keys, records, with_maps};
use crate::describe::infer::shape::{Kind, Record, Shape};
use crate::describe::request_data::components;
use crate::openapi::walk::{operation_name, operations};
use crate::openapi::words::{type_name, words};
use crate::source::document::{Document, child};

/// The keys that are there in every response ever seen: identities, and the tag that says what an object is.
pub(crate) const REQUIRED: [&str; 6] = ["type", "code", "short_url_code", "identifier", "uuid", "id"];

/// The name of the schema of every error.
pub const ERROR: &str = "ErrorResponse";

/// How many lists and maps may stand in each other before what is in them is taken as it comes. Real ones are a few, and schemas that
/// stand in each other twice as deeply are refused.
const DEEPEST: usize = 32;

/// What was inferred.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inferred {
    /// Responses that got a schema.
    pub responses: usize,
    /// Examples that were read for it.
    pub examples: usize,
    /// Named types that came of them.
    pub types: usize,
}

/// The untyped responses of one operation.
#[derive(Debug)]
pub(crate) struct Untyped {
    /// The pointer of the operation.
    pub(crate) operation: String,
    /// The name of the operation's type, without `Result`.
    name: String,
    /// The pointers of the media types, and whether each is an error.
    media: Vec<(String, bool)>,
    /// The pointers of the examples' values, and whether each is an error.
    pub(crate) examples: Vec<(String, bool)>,
    /// What all answers of success look like.
    pub(crate) success: Shape,
}

/// What the examples of a document teach.
#[derive(Debug)]
pub(crate) struct Learned {
    pub(crate) answers: Vec<Untyped>,
    envelopes: BTreeMap<String, Envelope>,
    roots: Vec<Root>,
    /// The types of all results.
    pub(crate) records: Records,
}

/// Reads the examples of all responses without a schema.
pub(crate) fn learn(document: &Value) -> Learned {
    let answers = untyped(document);
    let (roots, envelopes) = roots(&answers);
    let keys = map_keys(&roots);
    let roots: Vec<Root> =
        roots.into_iter().map(|root| Root { shape: with_maps("", root.shape, &keys), ..root }).collect();
    let records = records(&roots, taken(document));
    Learned { answers, envelopes, roots, records }
}

/// Gives every response with examples and no schema a schema.
pub fn infer(document: &mut Document) -> Inferred {
    let Learned { answers: untyped, envelopes, roots, records } = learn(&document.value);
    let mut schemas = Map::new();
    for root in &roots {
        if !matches!(root.shape.kind, Kind::Record(_)) {
            schemas.insert(root.name.clone(), schema(&root.shape, &root.name, "", &records, DEEPEST));
        }
    }
    let results: BTreeSet<&str> = roots.iter().map(|root| root.name.as_str()).collect();
    for (name, record) in &records.types {
        schemas.insert(name.clone(), record_schema(record, name, results.contains(name.as_str()), &records));
    }
    if untyped.iter().any(|answer| answer.media.iter().any(|(_, error)| *error)) {
        let properties = json!({"ok": {"type": "boolean"}, "error_message": {"type": "string", "nullable": true}});
        let known = document.value.pointer("/components/schemas").is_some_and(|own| own.get(ERROR).is_some());
        if !known {
            schemas.insert(ERROR.to_owned(), json!({"type": "object", "required": ["ok"], "properties": properties}));
        }
    }
    let inferred = Inferred {
        responses: untyped.iter().map(|answer| answer.media.len()).sum(),
        examples: untyped.iter().map(|answer| answer.examples.len()).sum(),
        types: schemas.len(),
    };
    write(&mut document.value, &untyped, &envelopes, schemas);
    inferred
}

fn untyped(document: &Value) -> Vec<Untyped> {
    let mut seen = BTreeSet::new();
    // A result type that the document has is its own, and the operation of that name gets another.
    let results = taken(document).into_iter().filter_map(|name| Some((name.strip_suffix("Result")?.to_owned(), 2)));
    let mut names: BTreeMap<String, usize> = results.collect();
    let mut result = Vec::new();
    for (pointer, path, method, operation) in operations(document) {
        let mut answer = Untyped {
            operation: pointer.clone(),
            name: own_name(operation_name(operation, method, path), &mut names),
            examples: Vec::new(),
            media: Vec::new(),
            success: Shape::NEVER,
        };
        let mut successes = Vec::new();
        let responses = operation.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            let own = child(&child(&pointer, "responses"), status);
            // A response may be a reference to one that operations share; it is typed once.
            let place = response.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            let place = place.unwrap_or(&own);
            let content =
                document.pointer(place).and_then(|response| response.get("content")).and_then(Value::as_object);
            for (media_type, media) in content.into_iter().flatten() {
                let place = child(&child(place, "content"), media_type);
                if !is_json(media_type) || media.get("schema").is_some() || !seen.insert(place.clone()) {
                    continue;
                }
                let mut error = !(status.starts_with('2') || status == "default");
                for (pointer, example) in examples(document, media, &place) {
                    error |= example.get("ok") == Some(&Value::Bool(false));
                    if !error {
                        successes.push(Shape::of(example));
                    }
                    answer.examples.push((pointer, error));
                }
                answer.media.push((place, error));
            }
        }
        if !answer.media.is_empty() {
            answer.success = Shape::all(successes);
            result.push(answer);
        }
    }
    result
}

/// The name, or where it is taken the same with a number: two operations never share a type by their names.
///
/// Of each taken name, `taken` has the number to try next.
fn own_name(name: String, taken: &mut BTreeMap<String, usize>) -> String {
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

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence == "application/json" || essence.ends_with("+json")
}

/// The examples of a media type, alone or named, with their pointers; a named one may be a reference.
fn examples<'a>(document: &'a Value, media: &'a Value, place: &str) -> Vec<(String, &'a Value)> {
    let alone = media.get("example").map(|example| (child(place, "example"), example));
    let named = media.get("examples").and_then(Value::as_object).into_iter().flatten();
    let named = named.filter_map(|(name, example)| {
        let own = child(&child(place, "examples"), name);
        let target = example.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        let place = target.unwrap_or(&own);
        Some((child(place, "value"), document.pointer(place)?.get("value")?))
    });
    alone.into_iter().chain(named).collect()
}

/// The envelope around a result: whether the result may be missing, and the keys beside it.
#[derive(Debug)]
struct Envelope {
    record: Record,
}

/// The results as roots, and the envelope of each operation that has one.
fn roots(untyped: &[Untyped]) -> (Vec<Root>, BTreeMap<String, Envelope>) {
    let mut roots = Vec::new();
    let mut envelopes = BTreeMap::new();
    for answer in untyped {
        let mut item = words(&answer.name);
        if item.len() > 1 {
            item.remove(0);
        }
        let root = |shape| Root { name: format!("{}Result", answer.name), item: item.clone(), shape };
        match &answer.success.kind {
            Kind::Record(record) if record.fields.contains_key("ok") => {
                if let Some(result) = record.fields.get("result") {
                    roots.push(root(result.shape.clone()));
                }
                envelopes.insert(answer.name.clone(), Envelope { record: record.clone() });
            }
            Kind::Never => {}
            _ => roots.push(root(answer.success.clone())),
        }
    }
    (roots, envelopes)
}

/// The names that the document's own components would have as types.
fn taken(document: &Value) -> BTreeSet<String> {
    let own = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    own.map(|(name, _)| type_name(&words(name))).chain([ERROR.to_owned()]).collect()
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

fn record_schema(record: &Record, name: &str, result: bool, records: &Records) -> Value {
    let sure = |shape: &Shape, optional: bool| !optional && !shape.nullable;
    let mut objects = record
        .fields
        .iter()
        .filter(|(_, field)| matches!(field.shape.kind, Kind::Record(_)) && sure(&field.shape, field.optional));
    let only = match (objects.next(), objects.next()) {
        (Some((key, _)), None) if result => Some(key),
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

/// The schema of a shape that sits under a key of an owner. What stands in more than `levels` lists and maps can be anything.
fn schema(shape: &Shape, owner: &str, key: &str, records: &Records, levels: usize) -> Value {
    let within = |inner: &Shape| levels.checked_sub(1).map(|levels| schema(inner, owner, key, records, levels));
    let mut schema = match &shape.kind {
        Kind::Never | Kind::Any => json!({}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int => json!({"type": "integer"}),
        Kind::Number => json!({"type": "number"}),
        Kind::Text(format) => match format.name() {
            Some(format) => json!({"type": "string", "format": format}),
            None => json!({"type": "string"}),
        },
        Kind::Id => json!({"type": "string", "format": "id"}),
        Kind::List(items) => json!({"type": "array", "items": within(items).unwrap_or_else(|| json!({}))}),
        Kind::Map(values) => {
            json!({"type": "object", "additionalProperties": within(values).unwrap_or_else(|| json!({}))})
        }
        Kind::Record(_) => match records.fields.get(&(owner.to_owned(), key.to_owned())) {
            Some(name) if shape.nullable => json!({"allOf": [reference(name)]}),
            Some(name) => return reference(name),
            None => json!({"type": "object"}),
        },
    };
    if shape.nullable {
        schema["nullable"] = true.into();
    }
    schema
}

/// Puts the schemas into the document: the types among the components, and each media type its envelope.
fn write(
    document: &mut Value,
    untyped: &[Untyped],
    envelopes: &BTreeMap<String, Envelope>,
    schemas: Map<String, Value>,
) {
    for answer in untyped {
        let result = format!("{}Result", answer.name);
        for (place, error) in &answer.media {
            let schema = match envelopes.get(&answer.name) {
                _ if *error => reference(ERROR),
                Some(envelope) => envelope_schema(&envelope.record, &result),
                None if answer.success.kind == Kind::Never => json!({
                    "type": "object",
                    "required": ["ok"],
                    "properties": {"ok": {"type": "boolean"}, "result": {}},
                }),
                None => reference(&result),
            };
            if let Some(media) = document.pointer_mut(place).and_then(Value::as_object_mut) {
                media.insert("schema".to_owned(), schema);
            }
        }
    }
    if !schemas.is_empty()
        && let Some(own) = components(document)
    {
        own.extend(schemas);
    }
}

fn envelope_schema(record: &Record, result: &str) -> Value {
    let none = Records { types: BTreeMap::new(), fields: std::collections::HashMap::new() };
    let properties: Map<String, Value> = record
        .fields
        .iter()
        .map(|(key, field)| {
            let schema =
                if key == "result" { reference(result) } else { schema(&field.shape, "", key, &none, DEEPEST) };
            (key.clone(), schema)
        })
        .collect();
    let required: Vec<&str> = ["ok", "result"]
        .into_iter()
        .filter(|key| record.fields.get(*key).is_some_and(|field| !field.optional && !field.shape.nullable))
        .collect();
    json!({"type": "object", "required": required, "properties": properties})
}
