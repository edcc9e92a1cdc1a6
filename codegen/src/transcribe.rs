//! The vendor's document without the vendor's words: what the project may carry.
//!
//! Structure, names, types, shapes and defects stay. Descriptions and summaries go. Every sample value gives way to a neutral one of
//! the same shape, and ours stays where the pointer already has one, so that a transcription repeats itself.
//! The API's own error messages stay: they are part of its interface.
//!
//! ```
//! let vendor = codegen::load("v2.yaml", b"info:\n  title: Shop\n  description: Prose.\n")?;
//! assert_eq!(codegen::transcribe(&vendor, None), serde_json::json!({"info": {"title": "Shop"}}));
//! # Ok::<(), codegen::Error>(())
//! ```

use serde_json::{Map, Value};

use crate::document::{Document, child};
use crate::sample::{neutral_key, neutral_leaf, same_shape};
use crate::walk::walk;

/// Transcribes a document; `ours` is the transcription of before, whose sample values stay.
#[must_use]
pub fn transcribe(vendor: &Document, ours: Option<&Document>) -> Value {
    let mut value = vendor.value.clone();
    let ours = ours.map_or(&Value::Null, |document| &document.value);
    walk(&mut value, &mut |pointer, object| {
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
            neutralize_samples(samples, &child(pointer, "examples"), ours);
        }
    });
    value
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
fn neutralize_samples(samples: &mut Value, pointer: &str, ours: &Value) {
    match samples {
        Value::Object(samples) => {
            for (name, sample) in samples {
                let place = child(pointer, name);
                if let Value::Object(sample) = sample {
                    drop_prose(&place, sample);
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
