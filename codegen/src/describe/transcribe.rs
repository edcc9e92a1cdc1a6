//! The vendor's document without the vendor's words: what the project may carry.
//!
//! Structure, names, types, shapes and defects stay. Descriptions and summaries go. Every sample value gives way to a neutral one
//! of the same shape, and ours stays where the pointer already has one, so that a transcription repeats itself. The API's own
//! error messages stay: they are part of its interface.
//!
//! ```
//! let vendor = codegen::load("v2.yaml", b"info:\n  title: Shop\n  description: Prose.\n")?;
//! assert_eq!(codegen::transcribe(&vendor, None), serde_json::json!({"info": {"title": "Shop"}}));
//! # Ok::<(), codegen::Diagnostic>(())
//! ```

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Diagnostic;
use crate::describe::placeholder::{neutral_key, neutral_leaf, same_shape};
use crate::openapi::walk::walk;
use crate::source::document::{Document, child};

/// The extensions that later stages read; what is in any other is the vendor's, and may be prose.
const READ: [&str; 10] = [
    "x-empty-is-null",
    "x-extensible-enum",
    "x-method",
    "x-resource",
    "x-resources",
    "x-retry",
    "x-rust-field",
    "x-rust-name",
    "x-rust-query",
    "x-rust-result",
];

/// Transcribes a document; `ours` is the transcription of before, whose sample values stay.
#[must_use]
pub fn transcribe(vendor: &Document, ours: Option<&Document>) -> Value {
    transcribed(vendor, ours).0
}

/// The transcription, and what there is to say of the extensions that are left out of it.
#[must_use]
pub fn transcribed(vendor: &Document, ours: Option<&Document>) -> (Value, Vec<Diagnostic>) {
    let mut value = vendor.value.clone();
    let ours = ours.map_or(&Value::Null, |document| &document.value);
    let mut extensions = Dropped::new();
    walk(&mut value, &mut |pointer, object| {
        drop_extensions(pointer, object, &mut extensions);
        drop_prose(pointer, object);
        let first_of_enum = object.get("enum").and_then(|values| values.get(0)).cloned();
        if let Some(sample) = object.get_mut("example") {
            let place = child(pointer, "example");
            match first_of_enum {
                Some(first) => *sample = ours.pointer(&place).cloned().unwrap_or(first),
                None => *sample = neutral(sample, &place, ours),
            }
        }
        if let Some(samples) = object.get_mut("examples") {
            neutralize_samples(samples, &child(pointer, "examples"), ours, &mut extensions);
        }
    });
    let left_out = extensions.into_iter().filter_map(|(key, places)| {
        let first = places.iter().min_by_key(|place| vendor.line(place))?;
        let count = places.len();
        let several = if count > 1 { format!(" in all its {count} places; this is the first") } else { String::new() };
        let error = Diagnostic::left_out(format!("the extension `{key}` is left out{several}")).at(first);
        Some(vendor.locate(error.help("say by an overlay action what the bindings should know of it")))
    });
    let left_out = left_out.collect();
    (value, left_out)
}

/// The places of the extensions that were dropped, by their keys.
type Dropped = BTreeMap<String, Vec<String>>;

/// Drops the extensions that nothing reads.
fn drop_extensions(pointer: &str, object: &mut Map<String, Value>, dropped: &mut Dropped) {
    if holds_names(pointer) {
        return;
    }
    drop_unread(pointer, object, &READ, dropped);
    // These hold names as well, but none that begins so.
    let maps: &[&str] = if pointer.is_empty() { &["paths"] } else { &["responses"] };
    for key in maps.iter().filter(|_| pointer != "/components") {
        if let Some(Value::Object(map)) = object.get_mut(*key) {
            drop_unread(&child(pointer, key), map, &READ, dropped);
        }
    }
}

/// Drops the extensions of one object, but for those that are `read`, and notes where they stood.
fn drop_unread(place: &str, object: &mut Map<String, Value>, read: &[&str], dropped: &mut Dropped) {
    object.retain(|key, _| {
        let unread = key.starts_with("x-") && !read.contains(&key.as_str());
        if unread {
            dropped.entry(key.clone()).or_default().push(child(place, key));
        }
        !unread
    });
}

/// Whether the keys of an object are the names of security schemes. The walk itself passes over all others that hold names.
fn holds_names(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    let numbered = steps.next().is_some_and(|step| step.parse::<usize>().is_ok());
    numbered && steps.next() == Some("security")
}

/// Drops descriptions and summaries. One that is null stays, for it is a defect; one that OpenAPI asks for, and one beside a
/// `$ref`, stays as an empty text, for its absence would make or mend one.
fn drop_prose(pointer: &str, object: &mut Map<String, Value>) {
    let response = pointer.rsplit('/').nth(1) == Some("responses");
    for key in ["description", "summary"] {
        let Some(text) = object.get_mut(key) else { continue };
        if text.is_null() {
            continue;
        }
        if (key == "description" && response) || object.contains_key("$ref") {
            object.insert(key.to_owned(), Value::String(String::new()));
        } else {
            object.shift_remove(key);
        }
    }
}

/// `examples` of a media type or parameter are a map of objects with a `value`; of a schema, a list of values.
fn neutralize_samples(samples: &mut Value, pointer: &str, ours: &Value, dropped: &mut Dropped) {
    match samples {
        Value::Object(samples) => {
            for (name, sample) in samples {
                let place = child(pointer, name);
                if let Value::Object(sample) = sample {
                    drop_prose(&place, sample);
                    drop_unread(&place, sample, &[], dropped);
                    if let Some(value) = sample.get_mut("value") {
                        *value = neutral(value, &child(&place, "value"), ours);
                    }
                }
            }
        }
        other => *other = neutral(other, pointer, ours),
    }
}

fn neutral(sample: &Value, pointer: &str, ours: &Value) -> Value {
    match sample {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| neutral(item, &format!("{pointer}/{index}"), ours)).collect()
        }
        Value::Object(entries) => {
            let mut result = Map::new();
            for (index, (key, value)) in entries.iter().enumerate() {
                let name = neutral_key(key, index);
                let value = match (key.as_str(), value) {
                    ("error_message", Value::String(_)) => value.clone(),
                    _ => neutral(value, &child(pointer, &name), ours),
                };
                result.insert(name, value);
            }
            Value::Object(result)
        }
        leaf => match ours.pointer(pointer) {
            Some(kept) if same_shape(kept, leaf) => kept.clone(),
            _ => neutral_leaf(leaf),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_that_nothing_reads_are_left_out_and_told() {
        let text = "\
openapi: 3.0.3
info: {title: Shop, version: '1', x-logo: {text: Prose.}}
paths:
  /a:
    x-note: Prose.
    get:
      operationId: a
      x-codeSamples: [{lang: sh, source: Prose.}]
      x-retry: safe
      security: [{x-api-key: []}]
      responses: {'200': {x-note: Prose.}, x-note: {description: Prose.}}
      servers: [{url: '/{x-stage}', variables: {x-stage: {default: a, x-note: Prose.}}}]
  x-note: {get: {summary: Prose.}}
components:
  schemas:
    x-schema: {type: object, x-note: Prose., properties: {x-field: {type: string, x-rust-field: field}}}
    Named:
      properties:
        variables: {type: object, x-note: Prose.}
        scopes: {type: object, x-note: Prose.}
        security: {type: array, items: {x-note: Prose.}}
  responses:
    x-response: {description: Prose.}
";
        let vendor = crate::load("v2.yaml", text.as_bytes()).expect("it is YAML");
        let (value, left_out) = transcribed(&vendor, None);
        assert!(!value.to_string().contains("Prose."), "{value:#}");
        let operation = &value["paths"]["/a"]["get"];
        assert_eq!(
            (&operation["x-retry"], operation["security"][0].as_object().map(Map::len)),
            (&"safe".into(), Some(1))
        );
        assert_eq!(value["components"]["schemas"]["x-schema"]["properties"]["x-field"]["x-rust-field"], "field");
        assert!(value["components"]["responses"]["x-response"].is_object());
        assert!(operation["servers"][0]["variables"]["x-stage"].is_object());
        let told: Vec<_> = left_out.iter().map(|error| (error.message.as_str(), error.line())).collect();
        assert_eq!(
            told,
            [
                ("the extension `x-codeSamples` is left out", Some(8)),
                ("the extension `x-logo` is left out", Some(2)),
                ("the extension `x-note` is left out in all its 9 places; this is the first", Some(5)),
            ]
        );
    }
}
