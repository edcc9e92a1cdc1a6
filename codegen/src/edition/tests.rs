//! Tests of the editions on small descriptions.

use serde_json::{Map, json};

use super::*;

/// Returns the two editions of a schema, in a document with other components.
fn editions(schema: &Value) -> (Value, Value) {
    let schemas = json!({
        "A": schema,
        "Text": {"type": "string"},
        "Point": {"type": "object", "properties": {"x": {}}},
        "Nullable": {"type": "string", "nullable": true},
        "Any": {},
    });
    let document = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": schemas}});
    let older = openapi_3_0(&document, &BTreeMap::new(), none());
    let newer = openapi_3_1(older.clone(), json!({"paths": {}}), &BTreeMap::new());
    let schema = |document: &Value| document["components"]["schemas"]["A"].clone();
    (schema(&older), schema(&newer))
}

#[test]
fn describes_null_in_the_way_of_each_version() {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let nothing = |kind: &str| json!({"type": kind, "nullable": true, "enum": [null]});
    for (internal, older, newer) in [
        (
            json!({"type": "string", "nullable": true}),
            json!({"type": "string", "nullable": true}),
            json!({"type": ["string", "null"]}),
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a"]}),
            json!({"type": "string", "nullable": true, "enum": ["a", null]}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
        ),
        (
            json!({"allOf": [reference("Point")], "nullable": true, "description": "A place."}),
            json!({"oneOf": [reference("Point"), nothing("string")], "description": "A place."}),
            json!({"oneOf": [reference("Point"), {"type": "null"}], "description": "A place."}),
        ),
        (
            json!({"allOf": [reference("Text")], "nullable": true}),
            json!({"oneOf": [reference("Text"), nothing("object")]}),
            json!({"oneOf": [reference("Text"), {"type": "null"}]}),
        ),
        (
            json!({"oneOf": [{"type": "string"}, {"type": "boolean"}], "nullable": true}),
            json!({"oneOf": [{"oneOf": [{"type": "string"}, {"type": "boolean"}]}, nothing("string")]}),
            json!({"oneOf": [{"oneOf": [{"type": "string"}, {"type": "boolean"}]}, {"type": "null"}]}),
        ),
        (json!({"nullable": true}), json!({}), json!({})),
        (json!({"enum": ["a"], "nullable": true}), json!({"enum": ["a", null]}), json!({"enum": ["a", null]})),
        // With a null branch, null would match two branches.
        (json!({"allOf": [reference("Nullable")], "nullable": true}), reference("Nullable"), reference("Nullable")),
        (json!({"allOf": [reference("Any")], "nullable": true}), reference("Any"), reference("Any")),
    ] {
        assert_eq!(editions(&internal), (older, newer), "{internal}");
    }
}

#[test]
fn the_3_1_edition_uses_the_keywords_of_json_schema() {
    for (internal, expected) in [
        (json!({"type": "integer"}), json!({"type": "integer", "format": "int64"})),
        (json!({"type": "number", "example": 1.5}), json!({"type": "number", "examples": [1.5]})),
        (
            json!({"type": "number", "minimum": 0, "exclusiveMinimum": true, "maximum": 1, "exclusiveMaximum": false}),
            json!({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
        ),
        (
            json!({"type": "string", "format": "binary"}),
            json!({"type": "string", "contentMediaType": "application/octet-stream"}),
        ),
        (
            json!({"allOf": [{"$ref": "#/components/schemas/Text"}], "description": "A note."}),
            json!({"$ref": "#/components/schemas/Text", "description": "A note."}),
        ),
        (
            json!({"allOf": [{"$ref": "#/components/schemas/Point"}], "required": ["x"]}),
            json!({"allOf": [{"$ref": "#/components/schemas/Point"}], "required": ["x"]}),
        ),
    ] {
        assert_eq!(editions(&internal).1, expected, "{internal}");
    }
}

#[test]
fn names_inline_schemas_after_their_types() {
    let size = json!({"type": "string", "enum": ["small", "large"]});
    let loaf =
        |text: &str| json!({"type": "object", "description": text, "nullable": true, "properties": {"size": size}});
    let media = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let document = json!({
        "openapi": "3.0.3",
        "paths": {"/loaves": {"post": {
            "operationId": "bake_loaf",
            "requestBody": media(json!({"type": "object", "properties": {"loaf": loaf("The loaf.")}})),
            "responses": {"200": media(json!({"type": "object", "properties": {
                "loaf": loaf("The same loaf."),
                "next": {"type": "array", "items": {"type": "object", "properties": {"minutes": {"type": "number"}}}},
            }}))},
        }}},
        "components": {"schemas": {"old": {"type": "object", "x-rust-name": "Oven", "properties": {
            "inside": {"$ref": "#/components/schemas/old"},
        }}}},
    });
    let body = "/paths/~1loaves/post/requestBody/content/application~1json/schema/properties/loaf";
    let response = "/paths/~1loaves/post/responses/200/content/application~1json/schema/properties/loaf";
    let types = [(body, "Loaf"), (response, "Loaf"), ("/components/schemas/old", "Oven")];
    let mut types: BTreeMap<_, _> = types.map(|(pointer, name)| (pointer.to_owned(), name.to_owned())).into();
    for pointer in [body, response] {
        types.insert(format!("{pointer}/properties/size"), "LoafSize".to_owned());
    }
    let edition = openapi_3_0(&document, &types, none());
    let schemas = edition["components"]["schemas"].as_object().expect("an object");
    let names: Vec<_> = schemas.keys().collect();
    assert_eq!(names, ["Oven", "BakeLoafBody", "Loaf", "LoafSize", "BakeLoafResponse", "BakeLoafResponseNext"]);
    assert_eq!(schemas["Oven"]["properties"]["inside"], json!({"$ref": "#/components/schemas/Oven"}));
    assert_eq!(schemas["Oven"].get("x-rust-name"), None);
    // The types are equal, but each property keeps its description.
    assert_eq!(schemas["Loaf"]["description"], "The loaf.");
    let field = &schemas["BakeLoafResponse"]["properties"]["loaf"];
    assert_eq!(field["oneOf"][0], json!({"$ref": "#/components/schemas/Loaf"}));
    assert_eq!(field["description"], "The same loaf.");
    let operation = &edition["paths"]["/loaves"]["post"];
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    assert_eq!(*schema, json!({"$ref": "#/components/schemas/BakeLoafResponse"}));
}

/// Returns all references in a document.
fn references_in(document: &Value) -> Vec<&str> {
    match document {
        Value::Object(entries) => {
            let own = entries.get("$ref").and_then(Value::as_str).into_iter();
            own.chain(entries.values().flat_map(references_in)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references_in).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn references_to_renamed_and_to_inline_schemas_resolve() {
    let names = ["a/b", "a~b", "a b", "a%b", "{a}", "", "Loaf"];
    let escaped = ["a~1b", "a~0b", "a%20b", "a%25b", "{a}", "", "Loaf"];
    let inner = json!({"type": "object", "nullable": true, "properties": {"x": {"type": "string"}, "y": {"allOf": [{"type": "integer"}]}}});
    let schema = json!({"type": "object", "properties": {"inner": inner}});
    let reference = |name: &str, rest: &str| json!({"$ref": format!("#/components/schemas/{name}{rest}")});
    let places = ["", "/properties/inner", "/properties/inner/properties/x", "/properties/inner/properties/y/allOf/0"];
    let all =
        |rest: &'static str| json!({"anyOf": escaped.iter().map(|name| reference(name, rest)).collect::<Vec<_>>()});
    let schemas: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), schema.clone())).collect();
    let media = json!({"content": {"application/json": {"schema": {
        "type": "object", "properties": {"loaf": schema, "circle": {"$ref": "#/paths/~1{id}/get/responses/200/content/application~1json/schema/properties/circle"}, "all": {"allOf": places.map(all)}, "self": {"$ref": "#/paths/~1{id}/get/responses/200/content/application~1json/schema/properties/loaf"}},
    }}}});
    let document = json!({
        "paths": {"/{id}": {"get": {"operationId": "get", "responses": {"200": media}}}},
        "components": {"schemas": schemas},
    });
    let loaf = "/paths/~1{id}/get/responses/200/content/application~1json/schema/properties/loaf";
    let types = [("/components/schemas/Loaf", "Bread"), (loaf, "Loaf")];
    let types = types.map(|(pointer, name)| (pointer.to_owned(), name.to_owned())).into();
    let edition = openapi_3_0(&document, &types, none());
    let both = openapi_3_1(edition.clone(), edition.clone(), &BTreeMap::new());
    for edition in [&edition, &both] {
        for reference in references_in(edition) {
            let name = reference.strip_prefix("#/components/schemas/").expect(reference);
            assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{reference}");
            assert!(edition["components"]["schemas"].get(name).is_some(), "{reference}");
        }
    }
    let operation = &edition["components"]["schemas"]["GetResponse"]["properties"];
    assert_eq!(operation["loaf"]["$ref"], "#/components/schemas/Loaf");
    assert_eq!(operation["self"]["$ref"], "#/components/schemas/Loaf");
    let parts = &edition["components"]["schemas"]["GetResponseAll"]["allOf"];
    // The schema of the target is nullable.
    let nullable =
        |reference: &str| json!({"oneOf": [{"$ref": reference}, {"type": "string", "nullable": true, "enum": [null]}]});
    assert_eq!(parts[1]["anyOf"][6], nullable("#/components/schemas/BreadInner"));
}

#[test]
fn names_the_branches_of_unions_after_their_tags() {
    let branch = |tag: &str| json!({"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "enum": [tag]}, tag: {}}});
    let document = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": {"Meal": {
        "oneOf": [branch("soup"), branch("main_course")],
        "discriminator": {"propertyName": "kind"},
    }}}});
    let edition = openapi_3_0(&document, &BTreeMap::from([("/components/schemas/Meal".into(), "Meal".into())]), none());
    let mapping =
        json!({"soup": "#/components/schemas/MealSoup", "main_course": "#/components/schemas/MealMainCourse"});
    assert_eq!(edition["components"]["schemas"]["Meal"]["discriminator"]["mapping"], mapping);
    assert!(edition["components"]["schemas"]["MealMainCourse"]["properties"].get("main_course").is_some());
}

#[test]
fn a_component_of_the_webhooks_that_differs_gets_another_name() {
    let document = |schema: Value| {
        json!({
            "paths": {"/path": {"post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Status"}}}}}}},
            "components": {"schemas": {"Status": schema, "Same": {"type": "string"}}},
        })
    };
    let (api, webhooks) =
        (document(json!({"type": "string"})), document(json!({"type": "string", "enum": ["a", "b"]})));
    let kinds = BTreeMap::from([("/path".to_owned(), "status_web_hook".to_owned())]);
    let both = openapi_3_1(api, webhooks, &kinds);
    assert_eq!(both["openapi"], "3.1.0");
    let hook = &both["webhooks"]["status_web_hook"]["post"];
    assert_eq!(
        hook["requestBody"]["content"]["application/json"]["schema"]["$ref"],
        "#/components/schemas/WebhookStatus"
    );
    assert_eq!(hook["security"], json!([]));
    assert_eq!(
        both["components"]["schemas"],
        json!({"Status": {"type": "string"}, "Same": {"type": "string"}, "WebhookStatus": {"type": "string", "enum": ["a", "b"], "x-rust-name": "Status"}}),
    );
}

#[test]
fn a_tag_keeps_the_name_that_a_component_had_before() {
    let subtype = json!({"allOf": [{"$ref": "#/components/schemas/pet"}, {"properties": {"lives": {}}}]});
    let document = json!({"openapi": "3.0.3", "paths": {}, "components": {"schemas": {
        "pet": {"type": "object", "discriminator": {"propertyName": "kind"}, "properties": {"kind": {"type": "string"}}},
        "my cat": subtype,
        "choice": {"oneOf": [{"$ref": "#/components/schemas/my%20cat"}], "discriminator": {"propertyName": "kind"}},
    }}});
    let types = [("my cat", "MyCat"), ("pet", "Pet"), ("choice", "Choice")];
    let types = types.map(|(key, name)| (format!("/components/schemas/{key}"), name.to_owned())).into();
    let edition = openapi_3_0(&document, &types, none());
    let schemas = &edition["components"]["schemas"];
    let mapping = json!({"my cat": "#/components/schemas/MyCat"});
    assert_eq!(schemas["Pet"]["discriminator"]["mapping"], mapping);
    assert_eq!(schemas["Choice"]["discriminator"]["mapping"], mapping);
    assert_eq!(schemas["Choice"]["oneOf"], json!([{"$ref": "#/components/schemas/MyCat"}]));
}

#[test]
fn a_component_that_refers_to_a_renamed_one_is_renamed_too() {
    let document = |city: Value| {
        json!({"paths": {}, "components": {
            "schemas": {
                "City": city,
                "Person": {"type": "object", "properties": {"city": {"$ref": "#/components/schemas/City"}}},
            },
            "responses": {"Failed": {"description": "Failed."}},
        }})
    };
    let mut webhooks = document(json!({"type": "object", "properties": {"name": {}}}));
    webhooks["components"]["responses"]["Failed"]["description"] = "Try again.".into();
    webhooks["components"]["schemas"]["WebhookCity"] = json!({"type": "string"});
    let both = openapi_3_1(document(json!({"type": "string"})), webhooks, &BTreeMap::new());
    let schemas = &both["components"]["schemas"];
    assert_eq!(schemas["Person"]["properties"]["city"]["$ref"], "#/components/schemas/City");
    assert_eq!(schemas["WebhookPerson"]["properties"]["city"]["$ref"], "#/components/schemas/WebhookCity2");
    assert_eq!(schemas["WebhookCity2"]["x-rust-name"], "City");
    assert_eq!(both["components"]["responses"]["WebhookFailed"]["description"], "Try again.");
}

#[test]
fn an_operation_keeps_one_tag_and_the_document_the_tags_in_use() {
    let operation = json!({"get": {"responses": {}, "summary": "Lists.", "operationId": "list", "tags": ["A", "B"]}});
    let document = json!({"paths": {"/a": operation}, "tags": [{"name": "B"}, {"name": "A"}], "openapi": "3.0.3"});
    let edition = openapi_3_0(&document, &BTreeMap::new(), none());
    assert_eq!(edition["tags"], json!([{"name": "A"}]));
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&edition), ["openapi", "tags", "paths", "components"]);
    assert_eq!(keys(&edition["paths"]["/a"]["get"]), ["tags", "operationId", "summary", "responses"]);
}

#[test]
fn the_enums_of_webhooks_are_open() {
    let mut webhooks = json!({"components": {"schemas": {
        "Kind": {"type": "string", "nullable": true, "enum": ["a", "b", null]},
        "Only": {"type": "string", "enum": ["a"]},
    }}});
    open_enums(&mut webhooks);
    let schemas = &webhooks["components"]["schemas"];
    assert_eq!(schemas["Kind"], json!({"type": "string", "nullable": true, "x-extensible-enum": ["a", "b"]}));
    assert_eq!(schemas["Only"], json!({"type": "string", "enum": ["a"]}));
}

#[test]
fn references_of_webhooks_resolve_in_the_merged_document() {
    let reference = |target: &str| json!({"$ref": format!("#/{target}")});
    let document = |kind: &str| {
        json!({
            "paths": {
                "/a": {"post": {"responses": {"200": reference("components/responses/Done")}}},
                "/b": {"post": {"responses": {"200": reference("paths/~1a/post/responses/200")}}},
            },
            "components": {
                "responses": {"Done": {"content": {"application/json": {"schema": reference("components/schemas/Outer")}}}},
                "schemas": {"Outer": {"items": reference("components/schemas/Inner")}, "Inner": {"type": kind}, "WebhookInner": {}},
            },
        })
    };
    let kinds = BTreeMap::from([("/a".to_owned(), "first".to_owned())]);
    let both = openapi_3_1(document("string"), document("boolean"), &kinds);
    let webhooks = &both["webhooks"];
    assert_eq!(webhooks["/b"]["post"]["responses"]["200"], reference("webhooks/first/post/responses/200"));
    assert_eq!(webhooks["first"]["post"]["responses"]["200"], reference("components/responses/WebhookDone"));
    let components = &both["components"];
    let schema = &components["responses"]["WebhookDone"]["content"]["application/json"]["schema"];
    assert_eq!(*schema, reference("components/schemas/WebhookOuter"));
    assert_eq!(components["schemas"]["WebhookOuter"]["items"], reference("components/schemas/WebhookInner2"));
    assert_eq!(components["schemas"]["WebhookInner2"]["type"], "boolean");
    assert_eq!(components["schemas"]["WebhookInner"], json!({}));
}

/// No samples.
fn none() -> Samples<'static> {
    static NONE: BTreeMap<String, String> = BTreeMap::new();
    Samples { rust: &NONE, command_lines: &NONE }
}

#[test]
fn references_to_a_moved_reference_resolve_in_the_3_1_edition() {
    let text = json!({"$ref": "#/components/schemas/Text"});
    let api = json!({"paths": {}, "components": {"schemas": {
        "Note": {"allOf": [text], "description": "A note."},
        "Copy": {"$ref": "#/components/schemas/Note/allOf/0"},
        "Text": {"type": "string"},
    }}});
    let schemas = openapi_3_1(api, json!({}), &BTreeMap::new())["components"]["schemas"].clone();
    assert_eq!(schemas["Note"], json!({"$ref": "#/components/schemas/Text", "description": "A note."}));
    assert_eq!(schemas["Copy"], json!({"$ref": "#/components/schemas/Note"}));
}
