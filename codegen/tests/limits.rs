//! Tests the size limits of documents: a document exactly at a limit is accepted, and a larger one is rejected.

use std::fmt::Write;

use codegen::{Document, emit, load, lower, normalize, types, validate};
use serde_json::{Map, Value, json};

fn document(paths: Value, schemas: Value) -> Document {
    let info = json!({"title": "Shop", "version": "1"});
    let parts = json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}});
    Document::new("a.yaml", parts)
}

fn object(fields: usize) -> Value {
    let properties: Map<String, Value> = (0..fields).map(|index| (format!("field_{index}"), json!({}))).collect();
    json!({"type": "object", "properties": properties})
}

fn numbered(count: usize, value: impl Fn(usize) -> Value) -> Value {
    Value::Object((0..count).map(|index| (format!("S{index}"), value(index))).collect())
}

fn assert_rejected(document: &Document, complaint: &str, pointer: &str) {
    let error = validate(document).expect_err(complaint);
    assert!(error.message.contains(complaint), "{error}");
    assert_eq!(error.pointer.as_deref(), Some(pointer), "{error}");
    assert!(error.to_string().contains("help: "), "{error}");
}

fn assert_accepted(document: &Document) {
    assert!(validate(document).expect("the document is within the limit").is_empty());
}

#[test]
fn limits_operations() {
    let paths = |count: usize| {
        let operation = |index| (format!("/{index}"), json!({"get": {"responses": {}}}));
        document(Value::Object((0..count).map(operation).collect()), json!({}))
    };
    assert_accepted(&paths(5_000));
    assert_rejected(&paths(5_001), "more than 5000 operations", "/paths/~15000/get");
}

#[test]
fn counts_a_shared_path_item_for_each_path() {
    let mut item = Map::from_iter([("get".to_owned(), json!({"responses": {}}))]);
    item.insert(
        "parameters".to_owned(),
        (0..30).map(|index| json!({"name": format!("q{index}"), "in": "query", "schema": {}})).collect(),
    );
    let mut paths = Map::from_iter([("/a".to_owned(), Value::Object(item))]);
    paths.extend((0..4_000).map(|index| (format!("/{index}"), json!({"$ref": "#/paths/~1a"}))));
    assert_rejected(
        &document(Value::Object(paths), json!({})),
        "more than 100000 fields, parameters",
        "/paths/~1a/get",
    );
}

#[test]
fn limits_named_schemas() {
    let schemas = |count| document(json!({}), numbered(count, |_| object(0)));
    assert_accepted(&schemas(15_000));
    assert_rejected(&schemas(15_001), "more than 15000 types", "/components/schemas/S15000");
}

#[test]
fn limits_fields() {
    let schemas = |count| document(json!({}), numbered(count, |_| object(1_000)));
    assert_accepted(&schemas(100));
    assert_rejected(&schemas(101), "more than 100000 fields", "/components/schemas/S100");
    let values: Vec<Value> = (0..100_001).map(|index| json!(format!("v{index}"))).collect();
    let schemas = json!({"A": {"type": "string", "enum": values}});
    assert_rejected(&document(json!({}), schemas), "enum values", "/components/schemas/A");
}

#[test]
fn limits_branches_repeated_by_all_of() {
    let choice = json!({"oneOf": vec![json!({}); 1_000]});
    let schemas = |count| {
        let parts = json!([{"$ref": "#/components/schemas/S0"}, {"type": "object", "properties": {"a": {}}}]);
        let record = json!({"allOf": parts});
        document(json!({}), numbered(count, |index| if index == 0 { choice.clone() } else { record.clone() }))
    };
    assert_accepted(&schemas(99));
    assert_rejected(&schemas(101), "more than 100000 fields", "/components/schemas/S99");
}

#[test]
fn limits_fields_repeated_by_all_of() {
    let schemas = |count| {
        let parts = json!([{"$ref": "#/components/schemas/S0"}, {"type": "object"}]);
        document(json!({}), numbered(count, |index| if index == 0 { object(1_000) } else { json!({"allOf": parts}) }))
    };
    assert_accepted(&schemas(100));
    assert_rejected(&schemas(101), "more than 100000 fields", "/components/schemas/S100");
    // Each schema includes all fields of the previous schema twice.
    let doubled = numbered(60, |index| match index.checked_sub(1) {
        None => object(1),
        Some(before) => json!({"allOf": vec![json!({"$ref": format!("#/components/schemas/S{before}")}); 2]}),
    });
    assert_rejected(&document(json!({}), doubled), "more than 100000 fields", "/components/schemas/S16");
}

/// A reference with a description becomes an `allOf` with a single schema, which repeats no fields.
#[test]
fn does_not_count_all_of_with_one_schema() {
    let described = json!({"description": "A description.", "allOf": [{"$ref": "#/components/schemas/S0"}]});
    assert_accepted(&document(
        json!({}),
        numbered(10_000, |index| if index == 0 { object(1_000) } else { described.clone() }),
    ));
}

#[test]
fn limits_chains_of_all_of() {
    let schemas = numbered(
        1_000,
        |index| json!({"allOf": [{"$ref": format!("#/components/schemas/S{}", index + 1)}, {"type": "object"}]}),
    );
    assert_rejected(&document(json!({}), schemas), "`allOf` is nested more than 64", "/components/schemas/S65");
}

/// The limit on the number of named types also applies to inferred types.
#[test]
fn limits_inferred_types() {
    let answer = |index: usize| {
        let pets = (0..4).map(|pet| (format!("pet{pet}of{index}"), json!({format!("name_{index}_{pet}"): 1})));
        let content = json!({"application/json": {"example": Value::Object(pets.collect())}});
        let get = json!({"responses": {"200": {"description": "", "content": content}}});
        (format!("/{index}"), json!({"get": get}))
    };
    let mut document = document(Value::Object((0..4_000).map(answer).collect()), json!({}));
    validate(&document).expect("the responses have no schemas yet");
    codegen::infer(&mut document);
    let error = validate(&document).expect_err("20,000 types are too many");
    assert!(error.message.contains("more than 15000 types"), "{error}");
}

#[test]
fn limits_the_records_of_a_doc_example() {
    let layers = numbered(9, |index| {
        let next = json!({"$ref": format!("#/components/schemas/S{}", index + 1)});
        let fields: Map<String, Value> = (0..10).map(|field| (format!("field_{field}"), next.clone())).collect();
        let required: Vec<&String> = fields.keys().collect();
        if index == 8 { object(1) } else { json!({"type": "object", "required": required, "properties": fields}) }
    });
    let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}});
    let post = json!({"operationId": "build", "requestBody": body, "responses": {"200": {"description": ""}}});
    let normalized = normalize(&mut document(json!({"/a": {"post": post}}), layers)).expect("the document is valid");
    let modules = emit(&lower(&normalized), types(&normalized).expect("the types are valid"));
    let text: String = modules.iter().map(|module| module.tokens.to_string()).collect();
    assert!((20..200).contains(&text.matches("::new(").count()), "{}", text.matches("::new(").count());
}

#[test]
fn reads_a_shared_response_once() {
    let mut text = String::from("openapi: 3.0.3\ninfo: {title: Shop, version: '1'}\npaths:\n");
    for index in 0..1_000 {
        let _ = writeln!(text, "  /{index}: {{get: {{responses: {{200: {{$ref: '#/components/responses/All'}}}}}}}}");
    }
    let properties: String = (0..1_000).map(|index| format!("field_{index}: {{}}, ")).collect();
    let _ = writeln!(
        text,
        "components: {{responses: {{All: {{description: '', content: {{application/json: {{schema: {{properties: {{{properties}}}}}}}}}}}}}}}"
    );
    assert_accepted(&load("a.yaml", text.as_bytes()).expect("the document is YAML"));
}

#[test]
fn limits_nested_lists_and_maps() {
    let wrap = |inner: Value, level: usize| match level % 2 {
        0 => json!({"type": "array", "items": inner}),
        _ => json!({"type": "object", "additionalProperties": inner}),
    };
    let nested = |levels: usize| {
        let field = (0..levels).fold(json!({"type": "string"}), wrap);
        let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Deep"}}});
        let response = json!({"200": {"description": "", "content": content}});
        let paths = json!({"/a": {"get": {"operationId": "deep", "responses": response}}});
        document(paths, json!({"Deep": {"type": "object", "properties": {"field": field}}}))
    };
    let found = types(&normalize(&mut nested(62)).expect("62 levels are allowed")).expect("the types are valid");
    assert_eq!(found.len(), 1);
    let error = normalize(&mut nested(70)).expect_err("70 levels are too deep");
    assert!(error.message.contains("schemas are nested more than 64 levels"), "{error}");
}
