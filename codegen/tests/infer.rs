//! Tests the inference of types from examples, and the components created for request data.

use codegen::Document;
use serde_json::{Value, json};

/// Infers the types of operations that respond with the given examples.
fn infer(examples: &[(&str, Value)]) -> Value {
    let paths: serde_json::Map<String, Value> = examples
        .iter()
        .map(|(id, example)| {
            let response = json!({"200": {"description": "", "content": {"application/json": {"example": example}}}});
            (format!("/{id}"), json!({"get": {"operationId": id, "responses": response}}))
        })
        .collect();
    let value = json!({"openapi": "3.0.3", "paths": paths});
    let mut document = Document::new("small.yaml", value);
    codegen::infer(&mut document);
    document.value
}

fn ok(result: Value) -> Value {
    json!({"ok": true, "result": result})
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    document.pointer(&format!("/components/schemas/{name}")).unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[test]
fn names_records_after_their_keys_in_the_singular() {
    let document = infer(&[("listShops", ok(json!({"shops": [{"id": 1, "name": "text"}]})))]);
    assert_eq!(
        schema(&document, "ListShopsResult")["properties"]["shops"],
        json!({"type": "array", "items": {"$ref": "#/components/schemas/Shop"}}),
    );
    assert_eq!(schema(&document, "Shop")["required"], json!(["id"]));
}

#[test]
fn joins_similar_records_whose_keys_end_in_the_same_word() {
    let reward = json!({"id": 1, "amount": 1.0, "status": "text"});
    let document =
        infer(&[("a", ok(json!({"reward": reward, "friend_reward": reward, "advocate_rewards": [reward]})))]);
    let reference = json!({"$ref": "#/components/schemas/Reward"});
    let properties = &schema(&document, "AResult")["properties"];
    assert_eq!(properties["reward"], reference);
    assert_eq!(properties["friend_reward"], reference);
    assert_eq!(properties["advocate_rewards"]["items"], reference);
}

#[test]
fn prefixes_the_parent_name_if_a_type_name_is_taken() {
    let document = infer(&[
        ("find", ok(json!({"person": {"email": "a@example.com", "username": "text", "first": "text"}}))),
        ("update", ok(json!({"person": {"email": "a@example.com", "username": "text", "first": "text"}}))),
        ("referral", ok(json!({"referral": {"friend_person": {"id": 1}, "advocate_person": {"id": 1}}}))),
    ]);
    assert!(schema(&document, "Person")["properties"]["username"].is_object());
    assert!(schema(&document, "ReferralPerson")["properties"]["id"].is_object());
}

#[test]
fn an_object_that_can_be_empty_is_a_map() {
    let document = infer(&[
        ("a", ok(json!({"offer": {"id": 1, "incentives": {}}}))),
        ("b", ok(json!({"offer": {"id": 1, "incentives": {"click": {"identifier": "text"}}}}))),
    ]);
    assert_eq!(
        schema(&document, "Offer")["properties"]["incentives"],
        json!({"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Incentive"}}),
    );
}

#[test]
fn an_object_with_email_addresses_as_keys_is_a_map() {
    let document = infer(&[("a", ok(json!({"recipients": {"person-1@example.com": {"sent": true}}})))]);
    let recipients = &schema(&document, "AResult")["properties"]["recipients"];
    assert_eq!(recipients["additionalProperties"], json!({"$ref": "#/components/schemas/Recipient"}));
}

#[test]
fn an_object_with_too_many_keys_is_a_map() {
    let owners = |count: usize| {
        let owner = |index| (format!("owner_{index}"), json!({"pet": {format!("pet_{index}"): {"age": 1}}}));
        ok(json!({"owners": (0..count).map(owner).collect::<serde_json::Map<_, _>>()}))
    };
    let few = infer(&[("a", owners(1_000))]);
    assert_eq!(schema(&few, "Owners")["properties"].as_object().map(serde_json::Map::len), Some(1_000));
    let many = infer(&[("a", owners(1_001))]);
    let owners = &schema(&many, "AResult")["properties"]["owners"];
    assert_eq!(owners["additionalProperties"], json!({"$ref": "#/components/schemas/Owner"}));
    // All owners have the same type, so the keys of their pets are collected in one object, which then also has too many keys.
    let pets = &schema(&many, "Owner")["properties"]["pet"];
    assert_eq!(pets["additionalProperties"], json!({"$ref": "#/components/schemas/Pet"}));
    assert_eq!(schema(&many, "Pet")["properties"], json!({"age": {"type": "integer"}}));
}

#[test]
fn names_the_items_of_a_list_after_the_operation() {
    let document = infer(&[("listTrafficSources", ok(json!([{"identifier": "text"}])))]);
    assert_eq!(
        schema(&document, "ListTrafficSourcesResult")["items"],
        json!({"$ref": "#/components/schemas/TrafficSource"})
    );
}

#[test]
fn requires_the_only_object_of_a_result_unless_nullable() {
    let document = infer(&[("create", ok(json!({"origin": {"id": 1}, "offer": null, "total": 1})))]);
    let result = schema(&document, "CreateResult");
    assert_eq!(result["required"], json!(["origin"]));
    assert_eq!(result["properties"]["offer"], json!({"nullable": true}));
}

#[test]
fn separates_the_envelope_from_the_result() {
    let document = infer(&[("none", json!({"ok": true})), ("whole", json!({"id": 1})), ("find", ok(json!({"id": 1})))]);
    let media = |id: &str| {
        document.pointer(&format!("/paths/~1{id}/get/responses/200/content/application~1json/schema")).cloned()
    };
    assert_eq!(
        media("none"),
        Some(json!({"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean", "enum": [true]}}})),
    );
    assert_eq!(media("whole"), Some(json!({"$ref": "#/components/schemas/WholeResult"})));
    assert_eq!(media("find").unwrap_or_default()["required"], json!(["ok", "result"]));
}

#[test]
fn keeps_a_response_schema_in_the_document() {
    let object = |properties: Value| json!({"type": "object", "properties": properties});
    let result = object(json!({"id": {"type": "integer"}}));
    let schema = object(json!({"ok": {"type": "boolean"}, "result": result}));
    let media = json!({"application/json": {"schema": schema, "example": ok(json!({"id": 1}))}});
    let mut document = Document::new(
        "small.yaml",
        json!({"paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"content": media}}}}}}),
    );
    let before = document.value.clone();
    assert_eq!(codegen::infer(&mut document).responses, 0);
    assert_eq!(document.value, before);
}

#[test]
fn errors_share_one_schema() {
    let document = infer(&[("a", json!({"ok": false, "error_message": "text"}))]);
    assert_eq!(schema(&document, "ErrorResponse")["required"], json!(["ok"]));
}

#[test]
fn keeps_components_in_the_document() {
    let own = |field: &str| json!({"type": "object", "properties": {field: {"type": "string"}}});
    let media = |example: Value| json!({"description": "", "content": {"application/json": {"example": example}}});
    let responses =
        json!({"200": media(ok(json!({"id": 1}))), "400": media(json!({"ok": false, "error_message": "text"}))});
    let mut document = Document::new(
        "small.yaml",
        json!({
            "paths": {"/a": {"get": {"operationId": "findPerson", "responses": responses}}},
            "components": {"schemas": {"ErrorResponse": own("errors"), "FindPersonResult": own("found")}},
        }),
    );
    codegen::infer(&mut document);
    let document = document.value;
    assert_eq!(*schema(&document, "ErrorResponse"), own("errors"));
    assert_eq!(*schema(&document, "FindPersonResult"), own("found"));
    assert_eq!(schema(&document, "FindPerson2Result")["properties"], json!({"id": {"type": "integer"}}));
}

#[test]
fn infers_many_different_records() {
    let record = |index: usize| (format!("k{index}_thing"), json!({"id": 1, format!("u{index}"): 1}));
    let group = |index: usize| {
        (format!("group_{index}"), Value::Object((0..1_000).map(|at| record(index * 1_000 + at)).collect()))
    };
    // There are too many records whose keys end in `thing` to compare them, but records whose keys end in another word are still
    // joined.
    let alike = json!({"a_zebra": {"id": 1, "x": 1, "y": 1}, "b_zebra": {"id": 1, "x": 1}});
    let groups = (0..10).map(group).chain([("alike".to_owned(), alike)]);
    let document = infer(&[("a", ok(Value::Object(groups.collect())))]);
    assert_eq!(schema(&document, "K1Thing")["required"], json!(["id"]));
    let zebra = schema(&document, "Zebra")["properties"].as_object().expect("it is a record");
    assert_eq!(zebra.keys().collect::<Vec<_>>(), ["id", "x", "y"]);
    assert_eq!(document["components"]["schemas"].as_object().map(serde_json::Map::len), Some(10_013));
}

#[test]
fn limits_nested_lists() {
    let example = (0..100).fold(json!(1), |inner, _| json!([inner]));
    let document = infer(&[("a", ok(json!({"id": 7, "deep": example})))]);
    let deep = document.pointer("/components/schemas/AResult/properties/deep").expect("the field has a schema");
    let within = |levels: usize| deep.pointer(&"/items".repeat(levels));
    assert_eq!(within(31).and_then(|list| list.get("type")), Some(&json!("array")));
    assert_eq!((within(33), within(34)), (Some(&json!({})), None));
}

#[test]
fn infers_recursive_records() {
    let document = infer(&[("a", ok(json!({"node": {"id": 1, "node": {"id": 2, "node": {"id": 3, "node": null}}}})))]);
    assert_eq!(
        schema(&document, "Node")["properties"]["node"]["allOf"],
        json!([{"$ref": "#/components/schemas/Node"}])
    );
}

#[test]
fn moves_request_data_to_components() {
    let body = |data: Value| json!({"content": {"application/json": {"schema": {"type": "object", "properties": {"data": data}}}}});
    let shop = json!({"type": "object", "properties": {"name": {"$ref": "#/components/schemas/name"}}});
    let mut document = Document::new(
        "small.yaml",
        json!({"paths": {
            "/a": {"post": {"operationId": "openShop", "requestBody": body(shop.clone())}},
            "/b": {"post": {"operationId": "openShops", "requestBody": body(json!({"type": "array", "items": shop}))}},
            "/c": {"post": {"operationId": "open_shop", "requestBody": body(shop.clone())}},
            "/d": {"post": {"requestBody": body(json!({"type": "string"}))}},
        }}),
    );
    codegen::describe::request_data::name_request_data(&mut document);
    let data = |path: &str| {
        let pointer = format!("/paths/~1{path}/post/requestBody/content/application~1json/schema/properties/data");
        document.value.pointer(&pointer).cloned().unwrap_or_default()
    };
    assert_eq!(data("a"), json!({"allOf": [{"$ref": "#/components/schemas/OpenShopData"}]}));
    assert_eq!(data("b")["items"], json!({"$ref": "#/components/schemas/OpenShopsData"}));
    assert_eq!(data("c")["type"], "object", "the name is taken, so the schema stays inline");
    assert_eq!(data("d"), json!({"type": "string"}));
    assert_eq!(
        schema(&document.value, "OpenShopData")["properties"]["name"],
        json!({"allOf": [{"$ref": "#/components/schemas/name"}]}),
    );
}

#[test]
fn keys_that_are_not_identifiers_are_fields() {
    for key in ["a-b", "1st", "ключ", "first name", "a.b", ""] {
        let document = infer(&[
            ("a", ok(json!({"person": {"id": 1, "name": "text"}}))),
            ("b", ok(json!({"person": {"id": 1, "name": "text", key: true}}))),
        ]);
        let person = schema(&document, "Person");
        assert_eq!(person["properties"][key], json!({"type": "boolean"}), "{key}");
        assert_eq!(person["properties"]["id"], json!({"type": "integer"}), "{key}");
    }
}

#[test]
fn an_object_is_a_map_if_most_of_its_keys_look_like_data() {
    let document = infer(&[(
        "a",
        ok(json!({
            "sales": {"2024-01-01": 1, "2024-01-02": 2, "total": 3},
            "counts": {"200": 1, "404": 2},
            "sites": {"https://example.com/": 1},
            "by_id": {"3f2504e0-4f89-11d3-9a0c-0305e82c3301": 1},
            "reactions": {"+1": 1, "-1": 1, "laugh": 1, "heart": 1},
            "address": {"line_1": "text", "_1": "text", "x2": "text"},
        })),
    )]);
    let properties = &schema(&document, "AResult")["properties"];
    for key in ["sales", "counts", "sites", "by_id"] {
        assert_eq!(properties[key]["additionalProperties"], json!({"type": "integer"}), "{key}");
    }
    assert_eq!(schema(&document, "Reactions")["properties"]["+1"], json!({"type": "integer"}));
    assert_eq!(schema(&document, "Address")["properties"]["_1"], json!({"type": "string"}));
}

#[test]
fn adds_no_references_to_malformed_components() {
    for components in [json!("text"), json!({"schemas": "text"}), json!({"schemas": null})] {
        let media = json!({"application/json": {"example": ok(json!({"person": {"id": 1}}))}});
        let responses = json!({"200": {"description": "", "content": media}});
        let value =
            json!({"paths": {"/a": {"get": {"operationId": "a", "responses": responses}}}, "components": components});
        let mut document = Document::new("small.yaml", value.clone());
        codegen::infer(&mut document);
        assert_eq!(document.value, value);
    }
}
