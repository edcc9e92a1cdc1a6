//! The transcription repeats itself, and keeps what it must.

use codegen::{load, to_yaml, transcribe};
use serde_json::Value;

use crate::read;

#[test]
fn a_transcription_is_its_own_transcription() {
    for name in ["spec/published/v2.yaml", "spec/published/webhooks.yaml"] {
        let bytes = read(name);
        let document = load(name, &bytes).expect("it is YAML");
        let again = to_yaml(&transcribe(&document, Some(&document))).expect("it can be written");
        assert_eq!(again.as_bytes(), bytes, "{name}");
    }
}

#[test]
fn the_documents_carry_no_prose() {
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
        let document = load(name, &read(name)).expect("it is YAML");
        let mut found = Vec::new();
        prose(&document.value, "", &mut found);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

/// The defects are what the repairs are for; a transcription that mended them would hide them.
#[test]
fn the_defects_are_still_there() {
    let shared = load("schemas.yaml", &read("spec/schemas.yaml")).expect("it is YAML");
    let repaired = |name: &str| {
        let mut document = load(name, &read(name)).expect("it is YAML");
        let rows = codegen::repair(&mut document, &shared).expect("it can be mended");
        rows.into_iter().filter(|row| !row.places.is_empty()).map(|row| (row.id, row.places.len())).collect::<Vec<_>>()
    };
    assert_eq!(
        repaired("spec/published/v2.yaml"),
        [
            ("null-description", 15),
            ("external-reference", 50),
            ("reference-with-siblings", 1),
            ("collection-format", 9),
            ("array-without-items", 1),
            ("array-parameter-without-brackets", 1),
            ("request-body-not-required", 19),
            ("sample-of-wrong-type", 1),
            ("sample-date-not-iso", 4),
        ],
    );
    assert_eq!(
        repaired("spec/published/webhooks.yaml"),
        [
            ("external-reference", 35),
            ("reference-without-slash", 22),
            ("reference-with-siblings", 45),
            ("properties-without-type", 1),
            ("request-body-not-required", 9),
        ],
    );
}
