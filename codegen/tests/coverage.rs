//! Tests which elements of a document `coverage` finds in the bindings, and which reasons it gives for elements that are left out.

use codegen::report::coverage::{Element, ElementKind, Usage};
use codegen::{Inputs, Published, Source};
use serde_json::{Value, json};

/// Returns the elements of a document with one operation.
fn elements(operation: &Value, schemas: &Value) -> Vec<Element> {
    let mut operation = operation.clone();
    operation["operationId"] = "do".into();
    elements_of(&json!({"/a": {"post": operation}}), schemas)
}

fn elements_of(paths: &Value, schemas: &Value) -> Vec<Element> {
    let info = json!({"title": "Shop", "version": "1"});
    let document = json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}});
    let text = document.to_string();
    let source = |name, bytes| Source { name, bytes };
    let overlay = source("overlay.yaml", b"overlay: 1.0.0\ninfo: {title: Empty, version: 1.0.0}\nactions: []\n");
    let published = |document| Published { document, transcription: document, overlay };
    let webhooks = b"{openapi: 3.0.3, info: {title: Shop, version: '1'}, paths: {}}";
    let inputs = Inputs {
        v2: published(source("a.yaml", text.as_bytes())),
        webhooks: published(source("webhooks.yaml", webhooks)),
        shared: source("schemas.yaml", b"{}"),
    };
    let coverage = codegen::coverage(&inputs).expect("the document is valid");
    assert_eq!(coverage.errors, [], "{text}");
    coverage.elements
}

fn response(content: &Value) -> Value {
    json!({"responses": {"200": {"description": "", "content": {"application/json": content}}}})
}

/// Returns the elements of an operation whose response has the schema `Root`.
fn schemas(schemas: &Value) -> Vec<Element> {
    elements(&response(&json!({"schema": {"$ref": "#/components/schemas/Root"}})), schemas)
}

fn record(key: &str) -> Value {
    json!({"type": "object", "properties": {key: {"type": "string"}}})
}

fn used<'a>(elements: &'a [Element], name: &str) -> &'a str {
    match &find(elements, name).usage {
        Usage::Used(used) => used,
        other => panic!("{name}: {other:?}"),
    }
}

fn left_out<'a>(elements: &'a [Element], name: &str) -> &'a str {
    match &find(elements, name).usage {
        Usage::LeftOut(reason) => reason,
        other => panic!("{name}: {other:?}"),
    }
}

fn find<'a>(elements: &'a [Element], name: &str) -> &'a Element {
    elements.iter().find(|element| element.name == name).unwrap_or_else(|| panic!("{name} is not in {elements:#?}"))
}

#[test]
fn a_base_can_be_an_alias() {
    let found = schemas(&json!({
        "Compact": record("id"),
        "Base": {"allOf": [{"$ref": "#/components/schemas/Compact"}]},
        "Root": {"allOf": [{"$ref": "#/components/schemas/Base"}, record("name")]},
    }));
    assert_eq!((used(&found, "200 id"), used(&found, "200 name")), ("Root.id", "Root.name"));
}

#[test]
fn two_schemas_of_an_all_of_can_describe_the_same_property() {
    let part = |key: &str| json!({"type": "object", "properties": {"attributes": record(key)}});
    let found = schemas(&json!({"Root": {"allOf": [part("email"), part("subscribed")]}}));
    for key in ["email", "subscribed"] {
        assert!(used(&found, &format!("200 attributes.{key}")).ends_with(key), "{found:?}");
    }
    let part = |schema: &Value| json!({"type": "object", "properties": {"key": schema}});
    let found = schemas(&json!({"Root": {"allOf": [part(&record("a")), part(&json!({"type": "string"}))]}}));
    assert!(left_out(&found, "200 key.a").contains("describes `key` differently"), "{found:?}");
}

#[test]
fn a_reference_into_an_operation_that_is_left_out_is_untyped() {
    let body = |schema: &Value| json!({"content": {"application/json": {"schema": schema}}});
    let done = json!({"200": {"description": ""}});
    let first =
        json!({"properties": {"a": record("b"), "c": {"$ref": "#/paths/~1first/post/requestBody/content/text~1xml"}}});
    let first = json!({"responses": done, "requestBody": {"content": {"text/xml": {"schema": first}}}});
    let reference = json!({"$ref": "#/paths/~1first/post/requestBody/content/text~1xml/schema/properties/a"});
    let data = json!({"properties": {"data": {"properties": {"found": reference}}}});
    let second = json!({"operationId": "second", "responses": done, "requestBody": body(&data)});
    let found = elements_of(&json!({"/first": {"post": first}, "/second": {"post": second}}), &json!({}));
    assert!(left_out(&found, "data.found.b").contains("does not resolve"), "{found:#?}");
}

#[test]
fn subtypes_of_a_base_are_variants() {
    let base = json!({"$ref": "#/components/schemas/Root"});
    let found = schemas(&json!({
        "Root": {"type": "object", "properties": {"kind": {"type": "string"}}, "discriminator": {"propertyName": "kind"}},
        "Points": {"allOf": [base, record("points")]},
        "Coupon": {"allOf": [base, record("code")]},
    }));
    assert_eq!(used(&found, "200 kind"), "always sent with Points");
    assert_eq!((used(&found, "200 points"), used(&found, "200 code")), ("Points.points", "Coupon.code"));
}

#[test]
fn a_union_can_be_next_to_properties() {
    let union = json!([record("a"), record("b")]);
    for root in [
        json!({"allOf": [record("id"), {"oneOf": union}]}),
        json!({"properties": {"id": {"type": "string"}}, "oneOf": union}),
    ] {
        let found = schemas(&json!({"Root": root}));
        assert_eq!((used(&found, "200 id"), used(&found, "200 b")), ("Root.id", "Root.b"));
    }
    let list = json!({"type": "array", "items": record("a")});
    let union = json!([list, {"type": "array", "items": {"type": "string"}}]);
    let found = schemas(&json!({"Root": {"allOf": [record("id"), {"oneOf": union}]}}));
    assert_eq!(used(&found, "200 id"), "Root.id");
    assert_eq!(left_out(&found, "200 [].a"), "this `oneOf` is left out: the rest of the schema determines the type");
    let found = schemas(&json!({"Root": {"properties": {"id": {"type": "string"}}, "oneOf": union}}));
    assert!(left_out(&found, "200 id").contains("becomes untyped JSON"), "{found:?}");
}

#[test]
fn schemas_of_other_types_in_an_all_of_are_left_out_with_a_reason() {
    let list = json!({"type": "array", "items": record("a")});
    for parts in [json!([record("id"), list]), json!([{"type": "string"}, list])] {
        let found = schemas(&json!({"Root": {"allOf": parts}}));
        assert_eq!(
            left_out(&found, "200 [].a"),
            "this `items` is left out: the rest of the schema determines the type"
        );
    }
    let map = json!({"type": "object", "additionalProperties": record("a")});
    let found = schemas(&json!({"Root": {"allOf": [record("id"), map]}}));
    assert_eq!(used(&found, "200 {}.a"), "RootOther.a");
    let found = schemas(&json!({"Root": {"type": "array", "items": {}, "properties": {"a": {}}}}));
    assert_eq!(left_out(&found, "200 a"), "`properties` does not apply to a value of type `array`");
}

#[test]
fn a_list_or_map_needs_no_type() {
    let found = schemas(&json!({
        "Root": {"type": "object", "properties": {
            "list": {"items": record("a")}, "map": {"additionalProperties": record("b")}}},
    }));
    assert_eq!((used(&found, "200 list[].a"), used(&found, "200 map{}.b")), ("RootList.a", "RootMap.b"));
}

#[test]
fn bodies_can_be_lists() {
    let list = json!({"type": "array", "items": record("id")});
    let mut operation = response(&json!({"schema": list}));
    operation["requestBody"] = json!({"content": {"application/json": {"schema": list}}});
    let found = elements(&operation, &json!({}));
    for name in ["[].id", "200 [].id"] {
        assert!(used(&found, name).ends_with("Item.id"), "{found:?}");
    }
}

#[test]
fn keywords_can_be_names_of_properties() {
    let names = ["content", "schema", "properties", "example", "examples", "items", "responses"];
    let property = json!({"type": "object", "properties": {"content": {"type": "string", "example": "a"}}});
    let properties = names.iter().map(|name| ((*name).to_owned(), property.clone()));
    let properties: serde_json::Map<_, _> = properties.collect();
    let found = schemas(&json!({"Root": {"type": "object", "properties": properties}}));
    for name in names {
        assert_eq!(used(&found, &format!("200 {name}")), format!("Root.{name}"));
        assert!(used(&found, &format!("200 {name}.content")).ends_with(".content"));
    }
    let examples: Vec<_> = found.iter().filter(|element| element.kind == ElementKind::Example).collect();
    assert_eq!(examples.len(), names.len());
    for example in examples {
        assert!(matches!(&example.usage, Usage::LeftOut(reason) if reason.contains("part of a schema")), "{example:?}");
    }
}

#[test]
fn a_default_response_is_an_error_unless_it_is_the_only_response() {
    let content = |key: &str| json!({"description": "", "content": {"application/json": {"schema": record(key)}}});
    let found = elements(&json!({"responses": {"200": content("id"), "default": content("code")}}), &json!({}));
    assert_eq!((used(&found, "200 id"), used(&found, "default code")), ("DoResult.id", "ApiError::body"));
    assert!(left_out(&found, "default").contains("ApiError"));
    let found = elements(&json!({"responses": {"default": content("id")}}), &json!({}));
    assert_eq!(used(&found, "default id"), "DoResult.id");
}

#[test]
fn an_error_among_the_examples_does_not_hide_the_others() {
    let found = elements(
        &response(&json!({"examples": {
            "error": {"value": {"ok": false, "error_message": "Refused."}},
            "some": {"value": {"ok": true, "result": {"people": [{"id": 1}]}}},
        }})),
        &json!({}),
    );
    assert_eq!(used(&found, "200 result.people[].id"), "Person.id");
    assert_eq!(used(&found, "200 error_message"), "ApiError::message");
}

#[test]
fn an_object_with_ok_but_without_a_result_is_not_an_envelope() {
    let ok = |key: &str| json!({"type": "object", "properties": {"ok": {"type": "boolean"}, key: record("a")}});
    let found = schemas(&json!({"Root": ok("team")}));
    assert_eq!(used(&found, "200 team.a"), "RootTeam.a");
    let mut envelope = ok("meta");
    envelope["properties"]["result"] = record("b");
    let found = schemas(&json!({"Root": envelope}));
    assert_eq!(used(&found, "200 result.b"), "DoResult.b");
    assert_eq!(left_out(&found, "200 meta"), "the property `meta` next to `result` is left out");
}

#[test]
fn other_media_types_are_left_out_with_a_reason() {
    let schema = json!({"schema": record("a")});
    let content = json!({"text/csv": schema, "application/json": schema});
    let operation =
        json!({"requestBody": {"content": content}, "responses": {"200": {"description": "", "content": content}}});
    let found = elements(&operation, &json!({}));
    assert_eq!((used(&found, "a"), used(&found, "200 a")), ("DoBody.a", "DoResult.a"));
    assert_eq!(left_out(&found, "text/csv"), "the body is sent as another media type");
    assert_eq!(left_out(&found, "200 text/csv"), "another media type of the response is read");
}

#[test]
fn a_body_can_share_its_schema_with_an_earlier_response() {
    let elements = |content: &Value| {
        let branch = |tag: &str| {
            let tag = json!({"type": "string", "enum": [tag]});
            let properties = json!({"type": tag, "site_slug": {"type": "string"}, "data": content});
            json!({"type": "object", "required": ["type", "site_slug", "data"], "properties": properties})
        };
        let union = json!({"oneOf": [branch("a"), branch("b")], "discriminator": {"propertyName": "type"}});
        let reference = json!({"$ref": "#/paths/~1b/post/requestBody/content/application~1json/schema"});
        let (mut read, mut write) =
            (response(&json!({"schema": reference})), response(&json!({"schema": record("ok")})));
        read["operationId"] = "read".into();
        write["operationId"] = "write".into();
        write["requestBody"] = json!({"content": {"application/json": {"schema": union}}});
        elements_of(&json!({"/a": {"get": read}, "/b": {"post": write}}), &json!({}))
    };
    // The body and the response have different types, because the client adds `site_slug` to the body.
    let differ = elements(&json!({"type": "string", "nullable": true}));
    assert_eq!(used(&differ, "200 site_slug"), "SchemaA.site_slug");
    assert_eq!(used(&differ, "site_slug"), "set by the client");
    // An enum with a tag and content has no other properties.
    let tagged = elements(&record("size"));
    assert_eq!(left_out(&tagged, "200 site_slug"), "the client adds `site_slug` to the body");
}
