//! The published editions of the description contain everything that the bindings need: they generate the committed bindings
//! without an overlay. The samples of a call in curl and in Rust agree.

use std::collections::BTreeMap;

use codegen::{Inputs, Published, Severity, Source, SourceFile};
use serde_json::Value;

use super::WITH_OVERLAY;
use crate::{EMPTY_OVERLAY, read};

#[test]
fn the_3_0_edition_generates_the_same_bindings() {
    assert_same_bindings(&read("spec/talkable.yaml"), &read("spec/webhooks.yaml"));
}

#[test]
fn the_3_1_edition_generates_the_same_bindings() {
    let both = read("spec/talkable-3.1.yaml");
    assert_same_bindings(&both, &both);
}

#[test]
fn samples_in_curl_and_rust_send_the_same_values() {
    let document: Value = serde_yaml::from_slice(&read("spec/talkable.yaml")).unwrap();
    let items = document["paths"].as_object().unwrap();
    let operations = items.iter().flat_map(|(path, item)| item.as_object().unwrap().values().map(move |it| (path, it)));
    let mut count = 0;
    for (path, operation) in operations {
        let source = |index: usize| operation["x-codeSamples"][index]["source"].as_str();
        let (Some(curl), Some(rust)) = (source(0), source(1)) else { continue };
        for value in sent_values(path, curl) {
            assert!(letters(rust).contains(&letters(&value)), "{value} is missing in:\n{rust}");
            count += 1;
        }
    }
    assert!(count > 0, "no samples");
}

/// Returns the values in a curl command, except for the site.
fn sent_values(path: &str, curl: &str) -> Vec<String> {
    let url: reqwest::Url = curl.split('\'').nth(1).unwrap().parse().unwrap();
    let mut values: Vec<String> =
        url.query_pairs().filter(|(name, _)| name != "site_slug").map(|(_, value)| value.into_owned()).collect();
    let decoded = |text: &str| {
        let url = reqwest::Url::parse(&format!("https://example.com/?a={text}")).unwrap();
        url.query_pairs().next().unwrap().1.into_owned()
    };
    let segments = url.path_segments().unwrap().zip(path.split('/').skip(1));
    values.extend(segments.filter(|(_, template)| template.starts_with('{')).map(|(text, _)| decoded(text)));
    if let Some((_, body)) = curl.split_once("--json '") {
        let mut body: Value =
            serde_json::from_str(&body.trim_end().trim_end_matches('\'').replace("'\\''", "'")).unwrap();
        body.as_object_mut().unwrap().remove("site_slug");
        add_leaves(&body, &mut values);
    }
    values
}

fn add_leaves(value: &Value, leaves: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| add_leaves(item, leaves)),
        Value::Object(entries) => entries.values().for_each(|value| add_leaves(value, leaves)),
        Value::String(text) => leaves.push(text.clone()),
        other => leaves.push(other.to_string()),
    }
}

/// Returns the lowercase letters and digits of a text, so that `total_sales_count` equals `TotalSalesCount`.
fn letters(text: &str) -> String {
    text.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn assert_same_bindings(api: &[u8], webhooks: &[u8]) {
    let source = |name, bytes| Source { name, bytes };
    let overlay = source("overlay.yaml", EMPTY_OVERLAY.as_bytes());
    let published = |document| Published { document, transcription: document, overlay };
    let output = codegen::generate(&Inputs {
        v2: published(source("talkable.yaml", api)),
        webhooks: published(source("webhooks.yaml", webhooks)),
        shared: source("schemas.yaml", &read("spec/schemas.yaml")),
    });
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    let warnings = output.report.diagnostics.iter().filter(|it| it.severity == Severity::Warning);
    assert_eq!(warnings.map(|it| it.message.as_str()).collect::<Vec<_>>(), [""; 0]);
    let by_path = |files: &[SourceFile]| -> BTreeMap<_, _> {
        files.iter().map(|file| (file.path.clone(), file.text.clone())).collect()
    };
    let (expected, actual) = (by_path(&WITH_OVERLAY.files), by_path(&output.files));
    assert_eq!(expected.keys().collect::<Vec<_>>(), actual.keys().collect::<Vec<_>>());
    for (path, text) in expected {
        assert_eq!(text, actual[&path], "{path}");
    }
    assert_eq!(output.features, WITH_OVERLAY.features);
}
