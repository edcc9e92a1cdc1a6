//! Tests that transcribing is idempotent and keeps defects.

use codegen::{load, to_yaml, transcribe};
use serde_json::Value;

use crate::read;

#[test]
fn transcribing_is_idempotent() {
    for name in ["spec/published/v2.yaml", "spec/published/webhooks.yaml"] {
        let bytes = read(name);
        let document = load(name, &bytes).expect("the document is YAML");
        let again = to_yaml(&transcribe(&document, Some(&document))).expect("the document can be written");
        assert_eq!(again.as_bytes(), bytes, "{name}");
    }
}

#[test]
fn the_transcriptions_contain_no_prose() {
    fn prose(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let place = format!("{pointer}/{key}");
                    let text = value.as_str().is_some_and(|text| !text.is_empty());
                    if text && ["description", "summary"].contains(&key.as_str()) && !pointer.contains("/example") {
                        found.push(place.clone());
                    }
                    prose(value, &place, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| prose(item, pointer, found)),
            _ => {}
        }
    }
    for name in ["spec/published/v2.yaml", "spec/published/webhooks.yaml"] {
        let document = load(name, &read(name)).expect("the document is YAML");
        let mut found = Vec::new();
        prose(&document.value, "", &mut found);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// If transcribing fixed a defect, the repair for it would look stale. The small document has all defects except one. The
/// missing defect is added by the test.
#[test]
fn transcribing_keeps_every_defect() {
    let shared = load("schemas.yaml", &read("spec/schemas.yaml")).expect("the document is YAML");
    let small = String::from_utf8(read("tests/fixtures/changes/small.yaml")).expect("the file is UTF-8");
    let date =
        "parameters:\n      - {name: since, in: query, schema: {type: string, format: date}, example: 3/4/2026}\n";
    let vendor = small.replacen("parameters:\n", date, 1);
    let vendor = load("small.yaml", vendor.as_bytes()).expect("the document is YAML");
    let mut transcribed = codegen::Document { value: transcribe(&vendor, None), ..vendor.clone() };
    let repaired = |document: &mut codegen::Document| {
        let rows = codegen::repair(document, &shared).into_iter();
        rows.map(|row| (row.id, row.places)).collect::<Vec<_>>()
    };
    let expected = repaired(&mut vendor.clone());
    let needless: Vec<_> = expected.iter().filter(|(_, places)| places.is_empty()).collect();
    assert!(needless.is_empty(), "{needless:?}");
    assert_eq!(repaired(&mut transcribed), expected);
}
