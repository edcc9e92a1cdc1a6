//! No rule and no overlay action looks at what a sample says or at a description: only at shapes and names.

use codegen::format::Format;
use codegen::{load, to_yaml};
use serde_json::{Value, json};

use crate::{generate, read};

/// Another value of the same shape.
fn other(sample: &Value) -> Value {
    match sample {
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
                // Whether an example is an answer or a refusal is structure.
                "ok" => (key.clone(), value.clone()),
                _ => (key.clone(), other(value)),
            });
            Value::Object(entries.collect())
        }
        Value::Null => Value::Null,
    }
}

/// Exchanges every sample, and talks where the document is silent.
fn reworded(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            let is_parameter = entries.contains_key("in");
            if entries.contains_key("operationId") || is_parameter {
                entries.insert("description".to_owned(), json!("Words that must not matter."));
            }
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
                    "properties" => value.as_object_mut().into_iter().flatten().for_each(|(_, value)| reworded(value)),
                    _ => reworded(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(reworded),
        _ => {}
    }
}

#[test]
fn samples_and_descriptions_change_nothing() {
    let published = read("spec/published/v2.yaml");
    let overlay = read("spec/overlay/v2.yaml");
    let mut document = load("v2.yaml", &published).expect("it is YAML");
    reworded(&mut document.value);
    let reworded = to_yaml(&document.value).expect("it can be written");
    assert_ne!(reworded.as_bytes(), published);

    let (before, after) = (generate(&published, &overlay), generate(reworded.as_bytes(), &overlay));
    assert_eq!(before.report.corrected, after.report.corrected);
    for (before, after) in before.files.iter().zip(&after.files) {
        assert_eq!(before.text, after.text, "{}", before.path);
    }
    assert_eq!(before.files.len(), after.files.len());
}
