//! Tests that the output depends on structure and names, not on example values or descriptions.

use codegen::describe::text_format::Format;
use codegen::{load, to_yaml};
use serde_json::{Value, json};

use super::{WITH_OVERLAY, generate};
use crate::read;

/// Returns a different value of the same type and format.
fn other(example: &Value) -> Value {
    match example {
        Value::Bool(value) => json!(!value),
        Value::Number(number) if number.is_f64() => json!(number.as_f64().map(|number| number * 3.0 + 0.25)),
        Value::Number(_) => json!(41),
        Value::String(text) => json!(match Format::of(text) {
            Format::DateTime => "2019-12-31T23:59:59+03:00",
            Format::Date => "2019-12-31",
            Format::Uri => "http://shop.example.org/else?where=1",
            Format::Uuid => "99999999-9999-4999-9999-999999999999",
            Format::Email => "else.where@example.org",
            Format::Plain if text.is_empty() => "",
            Format::Plain => "something else entirely",
        }),
        Value::Array(items) => items.iter().map(other).collect(),
        Value::Object(entries) => {
            let entries = entries.iter().map(|(key, value)| match key.as_str() {
                // `ok` distinguishes results from errors, so it must keep its value.
                "ok" => (key.clone(), value.clone()),
                _ => (key.clone(), other(value)),
            });
            Value::Object(entries.collect())
        }
        Value::Null => Value::Null,
    }
}

/// Adds a description to every operation and parameter.
fn with_descriptions(value: &mut Value) {
    codegen::openapi::walk::walk(value, &mut |_, object| {
        if object.contains_key("operationId") || object.contains_key("in") {
            object.insert("description".to_owned(), json!("A description."));
        }
    });
}

/// Replaces every example.
fn with_other_examples(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                match key.as_str() {
                    "example" if !value.is_null() => *value = other(value),
                    "examples" => {
                        for (_, example) in value.as_object_mut().into_iter().flatten() {
                            if let Some(value) = example.get_mut("value") {
                                *value = other(value);
                            }
                        }
                    }
                    "properties" => {
                        value.as_object_mut().into_iter().flatten().for_each(|(_, value)| with_other_examples(value));
                    }
                    _ => with_other_examples(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(with_other_examples),
        _ => {}
    }
}

/// Compares the output for the document with the output for a changed copy, after applying `project` to each file.
fn compare(change: fn(&mut Value), project: fn(&str) -> String) {
    let published = read("spec/published/v2.yaml");
    let mut document = load("v2.yaml", &published).expect("the document is YAML");
    change(&mut document.value);
    let changed = to_yaml(&document.value).expect("the document can be written");
    assert_ne!(changed.as_bytes(), published);

    let (before, after) = (&*WITH_OVERLAY, generate(changed.as_bytes(), &read("spec/overlay/v2.yaml")));
    assert_eq!(before.report.corrected, after.report.corrected);
    for (before, after) in before.files.iter().zip(&after.files) {
        assert_eq!(project(&before.text), project(&after.text), "{}", before.path);
    }
    assert_eq!(before.files.len(), after.files.len());
}

/// Returns the lines that are not documentation.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect()
}

/// The examples of a request become doc examples.
#[test]
fn example_values_change_only_documentation() {
    compare(with_other_examples, code);
}

/// Descriptions become the documentation of items not described by the overlay.
#[test]
fn descriptions_change_only_documentation() {
    compare(with_descriptions, code);
}
