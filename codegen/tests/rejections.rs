//! Tests which parts of a document `normalize` leaves out, and checks the pointer of each diagnostic.

use std::panic::catch_unwind;
use std::path::Path;

use codegen::model::schema::ComponentKind;
use codegen::{
    Diagnostic, Document, Inputs, Published, Result, Severity, Source, emit, generate, load, lower, normalize, print,
    types,
};
use serde_json::{Map, Value, json};

fn document(value: Value) -> Document {
    Document::new("a.yaml", value)
}

/// Generates the code for a document, and returns the diagnostics.
fn run(document: &Document) -> Result<Vec<Diagnostic>> {
    let normalized = normalize(&mut document.clone())?;
    let api = lower(&normalized);
    emit(&api, types(&normalized)?).into_iter().try_for_each(|module| print(module).map(|_| ()))?;
    Ok(normalized.diagnostics)
}

/// Creates a document that contains one operation with the given entries.
fn operation(parts: &Value, schemas: &Value) -> Document {
    let mut operation = json!({"operationId": "do", "responses": {"200": {"description": ""}}});
    if let (Some(operation), Some(parts)) = (operation.as_object_mut(), parts.as_object()) {
        operation.extend(parts.clone());
    }
    document(
        json!({"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "paths": {"/a": {"post": operation}}, "components": {"schemas": schemas}}),
    )
}

fn with_response(schema: &Value, schemas: &Value) -> Document {
    let content = json!({"application/json": {"schema": schema}});
    operation(&json!({"responses": {"200": {"description": "", "content": content}}}), schemas)
}

fn with_request(schema: &Value) -> Document {
    operation(&json!({"requestBody": {"content": {"application/json": {"schema": schema}}}}), &json!({}))
}

fn assert_warns(document: &Document, complaint: &str, pointer: &str) {
    let diagnostics = run(document).unwrap_or_else(|error| panic!("{complaint}: {error}"));
    let warning = diagnostics.iter().find(|warning| warning.message.contains(complaint));
    let warning = warning.unwrap_or_else(|| panic!("{complaint}: {diagnostics:?}"));
    assert_eq!((warning.severity, warning.pointer.as_deref()), (Severity::Warning, Some(pointer)), "{warning}");
    assert!(warning.to_string().contains("help: "), "{warning}");
}

const RESPONSE: &str = "/paths/~1a/post/responses/200/content/application~1json";

#[test]
fn leaves_out_unsupported_media_types() {
    let fields = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let body = |name: &str, schema: &Value| json!({"requestBody": {"content": {name: {"schema": schema}}}});
    let at = "/paths/~1a/post/requestBody/content/application~1xml";
    assert_warns(
        &operation(&body("application/xml", &fields), &json!({})),
        "`application/xml` is not a supported media type for requests with fields",
        at,
    );
    let text = json!({"type": "string"});
    let upload = operation(&body("multipart/form-data", &text), &json!({}));
    let at = "/paths/~1a/post/requestBody/content/multipart~1form-data/schema";
    assert_warns(&upload, "the upload is not an object", at);
    let xml = json!({"responses": {"200": {"description": "", "content": {"application/xml": {"schema": fields}}}}});
    let at = "/paths/~1a/post/responses/200/content/application~1xml";
    assert_warns(&operation(&xml, &json!({})), "the fields of the `application/xml` response are not decoded", at);
}

#[test]
fn reports_ambiguous_responses() {
    let failure = json!({"responses": {"400": {"description": ""}}});
    assert_warns(&operation(&failure, &json!({})), "has no 2xx response", "/paths/~1a/post/responses");
    let bare = json!({"responses": {"200": {"description": "", "content": {"application/json": {}}}}});
    assert_warns(&operation(&bare, &json!({})), "the body has no schema", RESPONSE);
}

#[test]
fn schemas_that_contain_only_themselves_become_untyped() {
    let list = json!({"List": {"type": "array", "items": {"$ref": "#/components/schemas/List"}}});
    let reference = json!({"$ref": "#/components/schemas/List"});
    assert_warns(&with_response(&reference, &list), "contains only itself", "/components/schemas/List");
    let items = json!({"allOf": [{"$ref": "#/components/schemas/List"}], "required": ["a"]});
    let merged = json!({"List": {"type": "array", "items": items}});
    assert_warns(&with_response(&reference, &merged), "contains only itself", "/components/schemas/List/items");
    let same = json!({"Same": {"allOf": [{"$ref": "#/components/schemas/Same"}]}});
    let reference = json!({"type": "object", "properties": {"same": {"$ref": "#/components/schemas/Same"}}});
    assert_warns(&with_response(&reference, &same), "contains only itself", "/components/schemas/Same");
}

#[test]
fn other_unions_are_not_adjacently_tagged() {
    let branch = |fields: Value| {
        let keys: Vec<&String> = fields.as_object().into_iter().flat_map(Map::keys).collect();
        json!({"type": "object", "required": keys, "properties": fields})
    };
    let (text, tag) = (json!({"type": "string"}), json!({"type": "string", "enum": ["A"]}));
    let whole = branch(json!({"type": tag, "data": branch(json!({"a": text}))}));
    let mut unsure = whole.clone();
    unsure["required"] = json!(["type"]);
    let null = branch(json!({"type": tag, "data": {"type": "object", "nullable": true}}));
    let number = branch(json!({"type": {"type": "integer", "enum": [1]}, "data": text}));
    for (what, branches) in [
        ("a branch without properties", vec![text.clone()]),
        ("a tag without a value", vec![branch(json!({"type": text, "data": branch(json!({}))}))]),
        ("a branch without content", vec![branch(json!({"type": tag}))]),
        ("two properties besides the tag", vec![branch(json!({"type": tag, "data": text, "more": text}))]),
        ("content that can be absent", vec![unsure]),
        ("content that can be null", vec![null]),
        ("a tag that is not a string", vec![number]),
        ("two branches with the same tag value", vec![whole.clone(), whole.clone()]),
        (
            "content in different properties",
            vec![whole, branch(json!({"type": {"type": "string", "enum": ["B"]}, "other": text}))],
        ),
    ] {
        let normalized =
            normalize(&mut with_request(&json!({"discriminator": {"propertyName": "type"}, "oneOf": branches})))
                .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(normalized.diagnostics, [], "{what}");
        let mut kinds = normalized.components.values().map(|component| &component.kind);
        assert!(!kinds.any(|kind| matches!(kind, ComponentKind::Tagged(_))), "{what}");
    }
}

/// A base schema can list its branches while each branch includes the base.
#[test]
fn accepts_branches_that_include_their_base() {
    let part = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let schemas = json!({
        "Pet": {"type": "object", "properties": {"kind": {"type": "string"}}, "oneOf": [part("Cat"), part("Dog")],
            "discriminator": {"propertyName": "kind"}},
        "Cat": {"allOf": [part("Pet"), {"type": "object", "properties": {"claws": {"type": "integer"}}}]},
        "Dog": {"allOf": [part("Pet"), {"type": "object", "properties": {"tricks": {"type": "integer"}}}]},
    });
    for (name, expected) in [("Pet", vec!["Cat", "Dog", "Pet"]), ("Cat", vec!["Cat"])] {
        let normalized =
            normalize(&mut with_response(&part(name), &schemas)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(normalized.diagnostics, []);
        assert_eq!(normalized.components.keys().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn warns_about_unions_next_to_properties() {
    let schemas = json!({"Base": {"type": "object", "properties": {"id": {"type": "string"}}}});
    let list = |items: Value| json!({"type": "array", "items": items});
    let choice = json!({"oneOf": [list(json!({})), list(json!({"type": "string"}))]});
    let both = json!({"allOf": [{"$ref": "#/components/schemas/Base"}, choice]});
    let normalized = normalize(&mut with_response(&both, &schemas)).expect("the document is valid");
    let [untyped] = normalized.diagnostics.as_slice() else { panic!("{:?}", normalized.diagnostics) };
    assert_eq!(untyped.message, "this `oneOf` is left out: the rest of the schema determines the type");
    assert_eq!(untyped.pointer.as_deref(), Some(format!("{RESPONSE}/schema/allOf/1/oneOf").as_str()));
    let alone = json!({"allOf": [{"$ref": "#/components/schemas/Base"}, {"anyOf": [{"required": ["id"]}, {"required": ["a"]}]}]});
    assert_eq!(normalize(&mut with_response(&alone, &schemas)).expect("the document is valid").diagnostics, []);
}

#[test]
fn warns_about_unions_in_a_nested_all_of() {
    let part = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let record = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}});
    let list = |name: &str| json!({"type": "array", "items": record(name)});
    let choice = json!({"oneOf": [list("a"), list("b")]});
    let schemas = json!({
        "Base": record("id"),
        "Mid": {"allOf": [part("Base"), choice]},
        "Top": {"allOf": [part("Mid"), record("c")]},
    });
    let normalized = normalize(&mut with_response(&part("Top"), &schemas)).expect("the document is valid");
    let [untyped] = normalized.diagnostics.as_slice() else { panic!("{:?}", normalized.diagnostics) };
    assert_eq!(untyped.pointer.as_deref(), Some("/components/schemas/Mid/allOf/1/oneOf"));
}

#[test]
fn leaves_out_headers_of_webhooks() {
    let header = json!({"name": "X-Signature", "in": "header", "required": true, "schema": {"type": "string"}});
    let document = operation(&json!({"parameters": [header]}), &json!({}));
    let left_out =
        codegen::normalize_webhooks(&mut document.clone()).expect("headers of webhooks are allowed").diagnostics;
    let [left_out] = left_out.as_slice() else { panic!("{left_out:?}") };
    assert_eq!(
        left_out.message,
        "the header parameter `X-Signature` of `do` is left out: events contain only the body of a webhook"
    );
}

#[test]
fn leaves_out_reserved_headers_and_cookies() {
    let with = |place: &str, name: &str, required: bool| {
        let parameter = json!({"name": name, "in": place, "required": required, "schema": {"type": "string"}});
        operation(&json!({"parameters": [parameter]}), &json!({}))
    };
    let at = "/paths/~1a/post/parameters/0/in";
    assert_warns(&with("header", "Upgrade", true), "`do` requires the header parameter `Upgrade`", at);
    assert_warns(&with("cookie", "session", true), "`do` requires the cookie parameter `session`", at);
    for document in [with("header", "Upgrade", false), with("cookie", "session", false), with("header", "Accept", true)]
    {
        let left_out = normalize(&mut document.clone()).expect("calls work without the parameter").diagnostics;
        assert_eq!(left_out.iter().filter_map(|error| error.pointer.as_deref()).collect::<Vec<_>>(), [at]);
    }
}

#[test]
fn accepts_a_required_cookie_that_the_overlay_removes() {
    let cookie = json!({"name": "session", "in": "cookie", "required": true, "schema": {"type": "string"}});
    let document = operation(&json!({"parameters": [cookie]}), &json!({})).value.to_string();
    let webhooks = json!({"openapi": "3.0.3", "info": {"title": "Shop", "version": "1"}, "paths": {}}).to_string();
    let generated = |actions: &str| {
        let overlay = format!("overlay: 1.0.0\ninfo: {{title: Known, version: 1.0.0}}\nactions: [{actions}]\n");
        let overlay = Source { name: "overlay.yaml", bytes: overlay.as_bytes() };
        let of = |document| Published { document, transcription: document, overlay };
        generate(&Inputs {
            v2: of(Source { name: "a.json", bytes: document.as_bytes() }),
            webhooks: of(Source { name: "webhooks.json", bytes: webhooks.as_bytes() }),
            shared: Source { name: "schemas.yaml", bytes: b"name: {type: string}\n" },
        })
        .map(|output| output.report.operations)
    };
    assert_eq!(generated("").map_err(|error| error.to_string()), Ok(0));
    let action = "{target: \"$.paths['/a'].post.parameters[?@.in=='cookie']\", remove: true}";
    assert_eq!(generated(action).map_err(|error| error.to_string()), Ok(1));
}

#[test]
fn sends_the_key_only_to_hosts_that_the_overlay_allows() {
    let mut document = operation(&json!({}), &json!({}));
    document.value["paths"]["/a"]["servers"] = json!([{"url": "https://files.example.com"}]);
    let at = "/paths/~1a/servers";
    assert_warns(&document, "to another server, `https://files.example.com`, with the API key", at);
    document.value["x-allowed-hosts"] = json!(["files.example.com"]);
    let normalized = normalize(&mut document).expect("the document is valid");
    let server = normalized.operations[0].server.as_ref().expect("the operation has its own server");
    assert_eq!(server.origin, "https://files.example.com");
}

#[test]
fn leaves_out_nested_objects_in_queries() {
    let inner = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    let schema = json!({"type": "object", "properties": {"a": inner}});
    let parameters = json!({"parameters": [{"name": "filter", "in": "query", "schema": schema}]});
    let at = "/paths/~1a/post/parameters/0/schema/properties/a";
    assert_warns(&operation(&parameters, &json!({})), "contains values that no style can express", at);
}

/// A long chain of references must not overflow the stack.
#[test]
fn follows_long_chains_of_references() {
    let name = |index: usize| format!("Link{index}");
    let to = |index: usize| json!({"$ref": format!("#/components/schemas/{}", name(index))});
    let records =
        (0..2_000).map(|index| (name(index), json!({"type": "object", "properties": {"next": to(index + 1)}})));
    let mut schemas: Map<String, Value> = records.collect();
    schemas.insert(name(2_000), json!({"type": "string"}));
    let normalized =
        normalize(&mut with_response(&to(0), &Value::Object(schemas.clone()))).expect("the chain is finite");
    assert_eq!(normalized.components.len(), 2_000);
    let aliases = |from: usize| (from..2_000).map(|index| (name(index), to(index + 1)));
    let answer = json!({"type": "object", "properties": {"a": to(1_937)}});
    schemas.extend(aliases(1_937));
    run(&with_response(&answer, &Value::Object(schemas.clone()))).expect("64 links are allowed");
    schemas.extend(aliases(1_936));
    let at = "/components/schemas/Link1935/properties/next";
    assert_warns(
        &with_response(&answer, &Value::Object(schemas)),
        "the chain of references has more than 64 links",
        at,
    );
}

/// Replaces each value in some small descriptions with unexpected values. The generator must not panic.
#[test]
fn never_panics_on_malformed_values() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    for name in ["both.yaml", "names.yaml", "shapes.yaml"] {
        let bytes = std::fs::read(folder.join(name)).expect("the description can be read");
        let document = load(name, &bytes).expect("the description is YAML");
        let mut pointers = Vec::new();
        collect(&document.value, String::new(), &mut pointers);
        for pointer in pointers {
            for damage in [json!(null), json!(7), json!("x"), json!([]), json!({}), json!({"$ref": "#/paths"})] {
                let mut damaged = document.clone();
                if let Some(place) = damaged.value.pointer_mut(&pointer) {
                    *place = damage.clone();
                }
                let outcome = catch_unwind(|| run(&damaged));
                let answer = outcome.unwrap_or_else(|_| panic!("{name}: {damage} at {pointer} causes a panic"));
                if let Err(error) = answer {
                    assert!(
                        error.pointer.as_deref().is_some(),
                        "{name}: the error for {damage} at {pointer} has no pointer: {error}"
                    );
                }
            }
        }
    }
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    let step = |key: &str| format!("{pointer}/{}", codegen::source::document::escape(key));
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| collect(inner, step(key), pointers)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| collect(inner, step(&index.to_string()), pointers));
        }
        _ => {}
    }
    pointers.push(pointer);
}
