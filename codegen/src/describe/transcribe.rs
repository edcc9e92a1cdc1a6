//! Removes the vendor's prose from a document and keeps the facts.
//!
//! Structure, names, types and defects stay; descriptions and summaries are removed. A placeholder of the same shape replaces
//! each sample value. Placeholders in the previous transcription are kept, so transcribing again changes nothing. Error messages
//! in samples stay, because they are part of the API.
//!
//! ```
//! let vendor = codegen::load("v2.yaml", b"info:\n  title: Shop\n  description: Prose.\n")?;
//! assert_eq!(codegen::transcribe(&vendor, None), serde_json::json!({"info": {"title": "Shop"}}));
//! # Ok::<(), codegen::Diagnostic>(())
//! ```

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::Diagnostic;
use crate::describe::placeholder::{key_placeholder, placeholder, same_shape};
use crate::openapi::walk::walk;
use crate::source::document::{Document, child};

/// The extensions used in later stages. All other extensions are dropped, because they might contain prose.
const EXTENSIONS: [&str; 10] = [
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

/// Transcribes a document. Sample values in the previous transcription are kept.
#[must_use]
pub fn transcribe(vendor: &Document, previous: Option<&Document>) -> Value {
    transcribed(vendor, previous).0
}

/// Transcribes a document. Also returns a note for each extension that is left out.
#[must_use]
pub fn transcribed(vendor: &Document, previous: Option<&Document>) -> (Value, Vec<Diagnostic>) {
    let mut value = vendor.value.clone();
    let previous = previous.map_or(&Value::Null, |document| &document.value);
    let mut extensions = Dropped::new();
    walk(&mut value, &mut |pointer, object| {
        drop_extensions(pointer, object, &mut extensions);
        drop_prose(pointer, object);
        let first_of_enum = object.get("enum").and_then(|values| values.get(0)).cloned();
        if let Some(sample) = object.get_mut("example") {
            let place = child(pointer, "example");
            match first_of_enum {
                Some(first) => *sample = previous.pointer(&place).cloned().unwrap_or(first),
                None => *sample = replacement(sample, &place, previous),
            }
        }
        if let Some(samples) = object.get_mut("examples") {
            replace_samples(samples, &child(pointer, "examples"), previous, &mut extensions);
        }
    });
    let left_out = extensions.into_iter().filter_map(|(key, places)| {
        let first = places.iter().min_by_key(|place| vendor.line(place))?;
        let count = places.len();
        let several = if count > 1 { format!(" in {count} locations; this is the first") } else { String::new() };
        let note = Diagnostic::left_out(format!("the extension `{key}` is left out{several}")).at(first);
        Some(vendor.locate(note.help("if the bindings need this information, add it to the overlay")))
    });
    (value, left_out.collect())
}

/// The pointers to the dropped extensions, by key.
type Dropped = BTreeMap<String, Vec<String>>;

/// Drops all extensions that are not used in a later stage.
fn drop_extensions(pointer: &str, object: &mut Map<String, Value>, dropped: &mut Dropped) {
    if holds_names(pointer) {
        return;
    }
    drop_unread(pointer, object, &EXTENSIONS, dropped);
    // A key of `paths` or `responses` that starts with `x-` is always an extension, because no path or status code starts with
    // `x-`.
    let maps: &[&str] = if pointer.is_empty() { &["paths"] } else { &["responses"] };
    for key in maps.iter().filter(|_| pointer != "/components") {
        if let Some(Value::Object(map)) = object.get_mut(*key) {
            drop_unread(&child(pointer, key), map, &EXTENSIONS, dropped);
        }
    }
}

/// Drops the extensions of an object that are not listed in `read`, and records their pointers in `dropped`.
fn drop_unread(place: &str, object: &mut Map<String, Value>, read: &[&str], dropped: &mut Dropped) {
    object.retain(|key, _| {
        let unread = key.starts_with("x-") && !read.contains(&key.as_str());
        if unread {
            dropped.entry(key.clone()).or_default().push(child(place, key));
        }
        !unread
    });
}

/// Returns whether the keys of an object are names of security schemes. Other maps with names as keys need no check, because `walk`
/// does not visit them.
fn holds_names(pointer: &str) -> bool {
    let mut steps = pointer.rsplit('/');
    let numbered = steps.next().is_some_and(|step| step.parse::<usize>().is_ok());
    numbered && steps.next() == Some("security")
}

/// Drops descriptions and summaries, but keeps defects such as a null description. A required description or a sibling of a `$ref`
/// becomes an empty string, because dropping it would add or repair a defect.
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

/// Replaces the samples in `examples`. In a media type or parameter, `examples` is a map of objects with a `value`. In a schema,
/// it is a list of values.
fn replace_samples(samples: &mut Value, pointer: &str, previous: &Value, dropped: &mut Dropped) {
    match samples {
        Value::Object(samples) => {
            for (name, sample) in samples {
                let place = child(pointer, name);
                if let Value::Object(sample) = sample {
                    drop_prose(&place, sample);
                    drop_unread(&place, sample, &[], dropped);
                    for key in ["value", "dataValue", "serializedValue"] {
                        if let Some(value) = sample.get_mut(key) {
                            *value = replacement(value, &child(&place, key), previous);
                        }
                    }
                }
            }
        }
        other => *other = replacement(other, pointer, previous),
    }
}

fn replacement(sample: &Value, pointer: &str, previous: &Value) -> Value {
    match sample {
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.map(|(index, item)| replacement(item, &format!("{pointer}/{index}"), previous)).collect()
        }
        Value::Object(entries) => {
            let mut result = Map::new();
            for (index, (key, value)) in entries.iter().enumerate() {
                let name = key_placeholder(key, index);
                let value = match (key.as_str(), value) {
                    ("error_message", Value::String(_)) => value.clone(),
                    _ => replacement(value, &child(pointer, &name), previous),
                };
                result.insert(name, value);
            }
            Value::Object(result)
        }
        leaf => match previous.pointer(pointer) {
            Some(kept) if same_shape(kept, leaf) => kept.clone(),
            _ => placeholder(leaf),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_dropped_extensions() {
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
        let vendor = crate::load("v2.yaml", text.as_bytes()).expect("the document is YAML");
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
        let notes: Vec<_> = left_out.iter().map(|error| (error.message.as_str(), error.line())).collect();
        assert_eq!(
            notes,
            [
                ("the extension `x-codeSamples` is left out", Some(8)),
                ("the extension `x-logo` is left out", Some(2)),
                ("the extension `x-note` is left out in 9 locations; this is the first", Some(5)),
            ]
        );
    }
}
