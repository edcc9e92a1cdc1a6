//! Tests for rewriting OpenAPI 3.1 as 3.0.

use super::schema::DIALECTS;
use super::*;

fn downgraded_with_diagnostics(schema: &Value) -> (Value, Vec<Diagnostic>) {
    let value = json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema}}});
    let mut document = Document::new("a.yaml", value);
    let left_out = downgrade(&mut document, DocumentKind::Api).expect("the document has no references to path items");
    assert_eq!(document.value["openapi"], "3.0.3");
    (document.value["components"]["schemas"]["A"].clone(), left_out)
}

fn downgraded(schema: &Value) -> Value {
    downgraded_with_diagnostics(schema).0
}

#[test]
fn rewrites_keywords_with_an_equivalent() {
    let reference = json!({"$ref": "#/components/schemas/B"});
    for (new, old) in [
        (json!({"type": ["string", "null"]}), json!({"type": "string", "nullable": true})),
        (json!({"type": ["string"]}), json!({"type": "string"})),
        (json!({"type": "null"}), json!({"nullable": true, "enum": [null]})),
        (
            json!({"type": ["array", "integer"], "items": true}),
            json!({"anyOf": [{"type": "array", "items": {}}, {"type": "integer"}]}),
        ),
        (json!({"anyOf": [reference, {"type": "null"}]}), json!({"allOf": [reference], "nullable": true})),
        (json!({"anyOf": [reference, {"type": ["null"]}]}), json!({"allOf": [reference], "nullable": true})),
        (json!({"anyOf": [{"const": null}, reference]}), json!({"allOf": [reference], "nullable": true})),
        (json!({"oneOf": [reference, {"enum": [null]}]}), json!({"allOf": [reference], "nullable": true})),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "null"}, {"type": "integer"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
        ),
        (
            json!({"$ref": "#/components/schemas/B", "description": "A note."}),
            json!({"allOf": [reference], "description": "A note."}),
        ),
        (json!({"const": "a"}), json!({"enum": ["a"]})),
        (json!({"exclusiveMinimum": 3}), json!({"minimum": 3, "exclusiveMinimum": true})),
        (json!({"exclusiveMinimum": 3, "minimum": 5}), json!({"minimum": 5})),
        (json!({"exclusiveMaximum": 3.5, "maximum": 5}), json!({"maximum": 3.5, "exclusiveMaximum": true})),
        (json!({"exclusiveMaximum": true, "maximum": 5}), json!({"maximum": 5, "exclusiveMaximum": true})),
        (json!({"type": "string", "examples": ["a", "b"]}), json!({"type": "string", "example": "a"})),
        (json!({"type": "string", "contentEncoding": "base64"}), json!({"type": "string", "format": "byte"})),
        (json!({"type": "string", "contentMediaType": "image/png"}), json!({"type": "string", "format": "binary"})),
        (json!({"$comment": "A note.", "$schema": DIALECTS[0]}), json!({})),
        (
            json!({"properties": {"const": {"const": 1}, "items": {"items": {"const": 1}}}, "example": {"const": 1}}),
            json!({"properties": {"const": {"enum": [1]}, "items": {"items": {"enum": [1]}}}, "example": {"const": 1}}),
        ),
    ] {
        assert_eq!(downgraded(&new), old, "{new}");
    }
}

#[test]
fn leaves_out_keywords_without_an_equivalent() {
    for (schema, pointer, rest) in [
        (
            json!({"type": "object", "if": {}, "then": {"properties": {"b": {}}}}),
            "/if",
            json!({"type": "object", "additionalProperties": true}),
        ),
        (json!({"type": "array", "prefixItems": []}), "/prefixItems", json!({"type": "array", "items": {}})),
        (json!({"allOf": [{"$dynamicRef": "#a"}]}), "/allOf/0/$dynamicRef", json!({"allOf": [{}]})),
        (
            json!({"additionalProperties": {"$defs": {}}}),
            "/additionalProperties/$defs",
            json!({"additionalProperties": {}}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^a": {"const": 1}, "^b": {"const": 1}}}),
            "/patternProperties",
            json!({"type": "object", "additionalProperties": {"enum": [1]}}),
        ),
        (
            json!({"type": "object", "patternProperties": {"^a": {}, "^b": {"type": "string"}}}),
            "/patternProperties",
            json!({"type": "object"}),
        ),
        (json!({"properties": {"a": false}}), "/properties/a", json!({"properties": {"a": {}}})),
        (json!({"type": ["string", "integer"], "anyOf": [{}]}), "/type", json!({"anyOf": [{}]})),
        (json!({"$schema": "https://example.com/own"}), "/$schema", json!({})),
        (json!({"type": "object", "propertyNames": {}}), "/propertyNames", json!({"type": "object"})),
    ] {
        let (found, left_out) = downgraded_with_diagnostics(&schema);
        assert_eq!(found, rest, "{schema}");
        let expected = format!("/components/schemas/A{pointer}");
        assert!(left_out.iter().any(|it| it.pointer.as_deref() == Some(expected.as_str())), "{schema}: {left_out:?}");
    }
    let always = json!({"additionalProperties": false});
    assert_eq!(downgraded(&always), always);
}

#[test]
fn reads_3_2_documents() {
    let media_type =
        json!({"schema": {"type": "string"}, "examples": {"a": {"dataValue": "x", "serializedValue": "x"}}});
    let mut document = Document::new(
        "a.yaml",
        json!({
            "openapi": "3.2.0",
            "$self": "https://example.com/a.yaml",
            "paths": {"/query": {
                "query": {"responses": {}},
                "additionalOperations": {"COPY": {"responses": {}}},
                "get": {"responses": {
                    "200": {"content": {"application/json": {"$ref": "#/components/mediaTypes/A"}}},
                    "201": {"content": {"application/jsonl": {"itemSchema": {"type": "string"}}}},
                }},
            }},
            "components": {
                "mediaTypes": {"A": media_type},
                "schemas": {"A": {"type": "object", "properties": {"query": {}, "itemSchema": {"type": "string"}}}},
            },
        }),
    );
    let left_out = downgrade(&mut document, DocumentKind::Api).expect("the references resolve");
    let responses = json!({
        "200": {"content": {"application/json": {"schema": {"type": "string"}, "examples": {"a": {"value": "x"}}}}},
        "201": {"content": {"application/jsonl": {}}},
    });
    let schema = json!({"type": "object", "properties": {"query": {}, "itemSchema": {"type": "string"}}});
    assert_eq!(
        document.value,
        json!({
            "openapi": "3.0.3",
            "paths": {"/query": {"get": {"responses": responses}}},
            "components": {"schemas": {"A": schema}},
        })
    );
    let pointers: Vec<_> = left_out.iter().filter_map(|note| note.pointer.as_deref()).collect();
    let expected = [
        "/$self",
        "/paths/~1query/additionalOperations",
        "/paths/~1query/query",
        "/paths/~1query/get/responses/201/content/application~1jsonl/itemSchema",
    ];
    assert_eq!(pointers, expected);
}

#[test]
fn resolves_named_path_items() {
    let item = json!({"get": {"responses": {}}});
    let mut document = Document::new(
        "a.yaml",
        json!({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
                "webhooks": {"b": item}, "components": {"pathItems": {"A": item}}}),
    );
    let left_out = downgrade(&mut document, DocumentKind::Api).expect("the reference resolves");
    assert_eq!(document.value, json!({"openapi": "3.0.3", "paths": {"/a": item}, "components": {}}));
    assert_eq!(left_out[0].pointer.as_deref(), Some("/webhooks"));
}

#[test]
fn rejects_path_items_that_expand_too_much() {
    let item = json!({"get": {"responses": {}, "tags": vec!["tag"; 1_000]}});
    let paths: JsonObject =
        (0..501).map(|index| (format!("/{index}"), json!({"$ref": "#/components/pathItems/A"}))).collect();
    let value = json!({"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"A": item}}});
    let error = downgrade(&mut Document::new("a.yaml", value), DocumentKind::Api)
        .expect_err("half a million values are too many");
    assert!(error.message.contains("too many values") && error.help.is_some(), "{error}");
}

#[test]
fn adds_a_response_to_operations_without_responses() {
    let value = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"operationId": "a"}}, "x-b": {"get": {}}}});
    let mut document = Document::new("a.yaml", value);
    let left_out = downgrade(&mut document, DocumentKind::Api).expect("3.1 allows an operation without responses");
    assert_eq!(document.value["paths"]["/a"]["post"]["responses"], json!({"200": {"description": ""}}));
    assert_eq!(document.value["paths"]["x-b"], json!({"get": {}}));
    assert_eq!(left_out.iter().filter_map(|note| note.pointer.as_deref()).collect::<Vec<_>>(), ["/paths/~1a/post"]);
}

#[test]
fn rewrites_3_1_keywords_in_3_0_documents() {
    let schemas =
        json!({"A": {"type": ["string", "null"]}, "B": {"const": "b"}, "C": {"type": "integer", "minimum": 1}});
    let mut document = Document::new("a.yaml", json!({"openapi": "3.0.3", "components": {"schemas": schemas}}));
    let warnings = downgrade(&mut document, DocumentKind::Api).expect("there are no path items");
    let schemas = &document.value["components"]["schemas"];
    assert_eq!(schemas["A"], json!({"type": "string", "nullable": true}));
    assert_eq!(schemas["B"], json!({"enum": ["b"]}));
    assert_eq!(schemas["C"], json!({"type": "integer", "minimum": 1}));
    let [warning] = warnings.as_slice() else { panic!("{warnings:?}") };
    assert_eq!(warning.message, "the document declares OpenAPI 3.0.3, but uses keywords of OpenAPI 3.1");
    assert_eq!(warning.pointer.as_deref(), Some("/components/schemas/A"));
}

#[test]
fn resolves_path_items_through_other_references() {
    let reference = |name: &str| json!({"$ref": format!("#/components/pathItems/{name}")});
    let mut beside = reference("A");
    beside["servers"] = json!([{"url": "https://example.com"}]);
    let value = json!({"openapi": "3.1.0", "paths": {"/a": beside, "/c": reference("C")}, "components": {"pathItems": {
        "A": reference("B"), "B": {"get": {"responses": {}}}, "C": reference("C"),
    }}});
    let mut document = Document::new("a.yaml", value);
    downgrade(&mut document, DocumentKind::Api).expect("the document is valid");
    assert_eq!(document.value["paths"]["/a"], json!({"get": {"responses": {}}}));
    assert_eq!(document.value["paths"]["/c"], reference("C"));
}

#[test]
fn selects_the_requests_of_the_kind_of_document() {
    let operation = |name: &str| {
        json!({"post": {"responses": {"200": {"description": "", "content": {"application/json":
        {"schema": {"$ref": format!("#/components/schemas/{name}")}}}}}}})
    };
    let part = json!({"type": "object", "properties": {"shared": {"$ref": "#/components/schemas/Shared"}}});
    let value = json!({
        "openapi": "3.1.0",
        "paths": {"/call": operation("Call")},
        "webhooks": {"hook": operation("Hook")},
        "components": {"schemas": {"Call": part, "Hook": part, "Shared": {}, "Unused": {}}},
    });
    for (kind, path, schemas, left_out) in [
        (DocumentKind::Api, "/call", ["Call", "Shared", "Unused"], "/webhooks"),
        (DocumentKind::Webhooks, "/hook", ["Hook", "Shared", "Unused"], "/paths"),
    ] {
        let mut document = Document::new("a.yaml", value.clone());
        let notes = downgrade(&mut document, kind).expect("the document is valid");
        assert_eq!(notes.iter().map(|note| note.pointer.as_deref()).collect::<Vec<_>>(), [Some(left_out)]);
        assert_eq!(document.value["paths"].as_object().expect("paths").keys().collect::<Vec<_>>(), [path]);
        let kept = document.value["components"]["schemas"].as_object().expect("schemas");
        assert_eq!(kept.keys().collect::<Vec<_>>(), schemas);
    }
}

#[test]
fn a_reference_into_a_component_keeps_the_component() {
    let operation = |pointer: &str| {
        json!({"post": {"responses": {"200": {"description": "", "content": {"application/json":
        {"schema": {"$ref": format!("#/components/schemas/{pointer}")}}}}}}})
    };
    let part = json!({"type": "object", "properties": {"a": {}, "b": {}}});
    let value = json!({
        "openapi": "3.1.0",
        "paths": {"/call": operation("One/properties/a")},
        "webhooks": {"hook": operation("One/properties/b"), "other": operation("Two/properties/b")},
        "components": {"schemas": {"One": part, "Two": part}},
    });
    let mut document = Document::new("a.yaml", value);
    downgrade(&mut document, DocumentKind::Api).expect("the document is valid");
    assert_eq!(document.value["components"]["schemas"], json!({"One": part}));
}

#[test]
fn reads_strict_nulls_of_openapi_3_0() {
    let reference = json!({"$ref": "#/components/schemas/B"});
    let nothing = json!({"type": "string", "nullable": true, "enum": [null]});
    let value =
        json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"A": {"oneOf": [reference, nothing]}}}});
    let mut document = Document::new("a.yaml", value);
    assert_eq!(downgrade(&mut document, DocumentKind::Api).expect("the document is valid").len(), 0);
    assert_eq!(document.value["components"]["schemas"]["A"], json!({"allOf": [reference], "nullable": true}));
}
