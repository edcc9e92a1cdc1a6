//! Tests that the size of the bindings is not proportional to the product of two counts, such as the number of operations and the
//! number of fields in a type shared by all of them.

use codegen::{Inputs, Output, Published, Source, generate, load, lower, normalize};
use serde_json::{Map, Value, json};

const EMPTY_OVERLAY: Source<'_> =
    Source { name: "overlay.yaml", bytes: b"overlay: 1.0.0\ninfo: {title: Nothing, version: 1.0.0}\nactions: []\n" };

fn described(paths: Map<String, Value>, schemas: Value) -> String {
    let info = json!({"title": "Shop", "version": "1"});
    json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}}).to_string()
}

/// Generates bindings from an API document and a webhooks document.
fn generated(v2: &str, webhooks: &str) -> Output {
    let published = |text| {
        let document = Source { name: "a.json", bytes: str::as_bytes(text) };
        Published { document, transcription: document, overlay: EMPTY_OVERLAY }
    };
    let shared = Source { name: "schemas.yaml", bytes: b"name: {type: string}\n" };
    generate(&Inputs { v2: published(v2), webhooks: published(webhooks), shared })
        .unwrap_or_else(|error| panic!("{error}"))
}

fn length(output: &Output) -> usize {
    output.files.iter().map(|file| file.text.len()).sum()
}

fn record(fields: usize, schema: impl Fn(usize) -> Value) -> Value {
    let properties: Map<String, Value> = (0..fields).map(|index| (format!("field_{index}"), schema(index))).collect();
    json!({"type": "object", "required": properties.keys().collect::<Vec<_>>(), "properties": properties})
}

fn text(_: usize) -> Value {
    json!({"type": "string"})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Creates operations that share one type for requests and responses.
fn operations(count: usize, tag: impl Fn(usize) -> String) -> Map<String, Value> {
    let content = json!({"application/json": {"schema": reference("Shared")}});
    let operation = |index| {
        let responses = json!({"200": {"description": "", "content": content}});
        let post = json!({"tags": [tag(index)], "requestBody": {"content": content}, "responses": responses});
        (format!("/{index}"), json!({"post": post}))
    };
    (0..count).map(operation).collect()
}

/// Creates webhooks whose payloads share one type.
fn webhooks(count: usize) -> Map<String, Value> {
    let webhook = |index| {
        let schema = json!({"type": "object", "properties": {
            "type": {"type": "string", "enum": [format!("kind_{index}")]},
            "payload": {"type": "object", "properties": {"shared": reference("Shared"), format!("own_{index}"): {"type": "string"}}}
        }});
        let body = json!({"content": {"application/json": {"schema": schema}}});
        (format!("/{index}"), json!({"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}))
    };
    (0..count).map(webhook).collect()
}

#[test]
fn records_at_most_two_resources_of_a_shared_type() {
    let schemas = json!({"Shared": record(100, |index| reference(&format!("S{index}")))});
    let mut schemas = schemas.as_object().cloned().unwrap_or_default();
    // Each record has a different number of fields, because records with the same fields would become one type.
    schemas.extend((0..100).map(|index| (format!("S{index}"), record(index + 1, text))));
    let description = described(operations(100, |index| format!("tag {index}")), schemas.into());
    let document = load("a.json", description.as_bytes()).expect("the document is JSON");
    let api = lower(&normalize(&mut document.clone()).expect("the document is valid"));
    assert_eq!((api.resources.len(), api.uses.len()), (100, 101));
    for (name, usage) in &api.uses {
        assert_eq!((usage.resources.len(), usage.request, usage.response), (2, true, true), "{name}");
    }
}

#[test]
fn keeps_doc_examples_of_wide_records_short() {
    let v2 = |fields| described(operations(100, |_| "tag".to_owned()), json!({"Shared": record(fields, text)}));
    let none = described(Map::new(), json!({}));
    let output = generated(&v2(1_000), &none);
    assert!(length(&output) < 500_000, "{} bytes", length(&output));
    let file = |output: &Output| {
        output
            .files
            .iter()
            .filter(|file| file.path.contains("methods"))
            .map(|file| file.text.clone())
            .collect::<String>()
    };
    assert!(file(&output).contains("None::<talkable_api::types::Shared>"));
    assert!(file(&generated(&v2(250), &none)).contains("Shared::new("));
}

#[test]
fn cuts_off_doc_examples_of_deeply_nested_records() {
    let mut schemas = Map::from_iter([("Shared".to_owned(), record(1, |_| reference("S0")))]);
    schemas.extend((0..20).map(|index| (format!("S{index}"), record(1, |_| reference(&format!("S{}", index + 1))))));
    schemas.insert("S20".to_owned(), record(1, text));
    let output =
        generated(&described(operations(1, |_| "tag".to_owned()), schemas.into()), &described(Map::new(), json!({})));
    let text: String = output.files.iter().map(|file| file.text.as_str()).collect();
    assert!(text.contains("S7::new(None::<talkable_api::types::S8>"), "{text}");
}

#[test]
fn keeps_samples_of_wide_payloads_short() {
    let webhooks = described(webhooks(20), json!({"Shared": record(4_000, text)}));
    let output = generated(&described(Map::new(), json!({})), &webhooks);
    let samples = output.files.iter().find(|file| file.path.ends_with("webhooks/event.rs")).map(|file| file.text.len());
    assert!(samples.is_some_and(|samples| samples < 1_000_000), "{samples:?} bytes");
}

#[test]
fn cuts_off_samples_of_deeply_nested_records() {
    let chain = (0..60).map(|index| (format!("S{index}"), record(1, |_| reference(&format!("S{}", index + 1)))));
    let mut schemas: Map<String, Value> = chain.collect();
    schemas.insert("S60".to_owned(), record(1, text));
    schemas.insert("Shared".to_owned(), record(1, |_| reference("S0")));
    let output = generated(&described(Map::new(), json!({})), &described(webhooks(1), schemas.into()));
    let text: String = output.files.iter().map(|file| file.text.as_str()).collect();
    let deepest = text.lines().map(|line| line.matches("field_0").count()).max();
    assert_eq!(deepest, Some(30), "the sample has a maximum depth");
}

#[test]
fn resolves_repeated_references_once() {
    let schemas = json!({
        "Shared": record(3_000, |_| reference("Wide")),
        "Wide": record(3_000, text),
        "Tag": {"type": "string", "enum": (0..3_000).map(|index| format!("v{index}")).collect::<Vec<_>>()},
        "Tags": record(3_000, |_| reference("Tag")),
    });
    let mut paths = operations(1, |_| "tag".to_owned());
    let content = json!({"application/json": {"schema": reference("Tags")}});
    paths.insert("/tags".to_owned(), json!({"get": {"responses": {"200": {"description": "", "content": content}}}}));
    let document = load("a.json", described(paths, schemas).as_bytes()).expect("the document is JSON");
    let components = normalize(&mut document.clone()).expect("the document is valid").components;
    assert_eq!(components.len(), 4);
}

#[test]
fn resolves_shared_bodies_and_responses_once() {
    let description = described(operations(1_000, |_| "tag".to_owned()), json!({"Shared": record(10_000, text)}));
    let document = load("a.json", description.as_bytes()).expect("the document is JSON");
    assert_eq!(normalize(&mut document.clone()).expect("the document is valid").operations.len(), 1_000);
}

#[test]
fn rejects_examples_with_too_many_sets_of_keys() {
    let described = |count: usize| {
        let record = |index: usize| (format!("k{index}_thing"), json!({"id": 1, format!("u{index}"): 1}));
        let group = |first: usize| Value::Object((first..count.min(first + 1_000)).map(record).collect());
        let example: Vec<Value> = (0..count).step_by(1_000).map(group).collect();
        let content = json!({"application/json": {"example": {"ok": true, "result": example}}});
        let get = json!({"responses": {"200": {"description": "", "content": content}}});
        described(Map::from_iter([("/a".to_owned(), json!({"get": get}))]), json!({}))
    };
    let published = |text| {
        let document = Source { name: "a.json", bytes: str::as_bytes(text) };
        Published { document, transcription: document, overlay: EMPTY_OVERLAY }
    };
    let (v2, webhooks) = (described(15_000), self::described(Map::new(), json!({})));
    let shared = Source { name: "schemas.yaml", bytes: b"name: {type: string}\n" };
    let error = generate(&Inputs { v2: published(&v2), webhooks: published(&webhooks), shared })
        .expect_err("the examples have too many sets of keys");
    assert_eq!(error.message, "the objects in the examples have more than 15000 different sets of keys");
    assert_eq!(error.pointer.as_deref(), Some("/paths/~1a/get/responses/200/content/application~1json/example"));
    assert!(error.help.is_some());
}

/// Deep types must not overflow the stack, although libraries recurse once per level and test threads have a small stack.
#[test]
fn generates_deeply_nested_lists() {
    let field = (0..60).fold(json!({"type": "string"}), |inner, _| json!({"type": "array", "items": inner}));
    let schemas = json!({"Deep": {"type": "object", "properties": {"field": field}}});
    let content = json!({"application/json": {"schema": reference("Deep")}});
    let get = json!({"operationId": "deep", "responses": {"200": {"description": "", "content": content}}});
    let paths = Map::from_iter([("/a".to_owned(), json!({"get": get}))]);
    let output = generated(&described(paths, schemas), &described(Map::new(), json!({})));
    assert!(output.files.iter().any(|file| file.text.matches("Vec<").count() >= 60));
}
