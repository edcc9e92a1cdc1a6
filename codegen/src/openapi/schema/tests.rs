//! Tests for the kinds of schemas.

use serde_json::json;

use super::*;

fn record(schema: Value) -> (Vec<String>, Vec<String>, usize) {
    let SchemaKind::Object(record) = kind(&Node::root(&schema).get("schema").unwrap()).unwrap() else { panic!() };
    let names = record.properties.iter().map(|(name, _)| (*name).to_owned()).collect();
    (names, record.required.into_iter().map(str::to_owned).collect(), record.conflicts.len())
}

#[test]
fn all_of_follows_indirect_references() {
    let (names, _, _) = record(json!({
        "compact": {"type": "object", "properties": {"id": {"type": "integer"}}},
        "base": {"allOf": [{"$ref": "#/compact"}]},
        "schema": {"allOf": [{"$ref": "#/base"}, {"type": "object", "properties": {"name": {"type": "string"}}}]},
    }));
    assert_eq!(names, ["id", "name"]);
}

#[test]
fn all_of_keeps_every_required_property() {
    let base = json!({"type": "object", "properties": {"id": {}, "name": {}, "age": {}}, "required": ["id", "id"]});
    for schema in [
        json!({"allOf": [{"$ref": "#/base"}], "required": ["name", "age"]}),
        json!({"allOf": [{"$ref": "#/base"}, {"required": ["name"]}, {"type": "object", "required": ["age", "id"]}]}),
    ] {
        let (_, required, _) = record(json!({"base": base, "schema": schema}));
        assert_eq!(required, ["id", "name", "age"]);
    }
}

#[test]
fn all_of_can_repeat_a_property_that_contains_the_schema() {
    let part = |schema: Value| json!({"type": "object", "properties": {"key": schema}});
    let root = json!({"schema": {"allOf": [part(json!({"$ref": "#/schema"})), part(json!({"type": "string"}))]}});
    let node = Node::root(&root).get("schema").unwrap();
    let SchemaKind::Object(record) = kind(&node).unwrap() else { panic!() };
    assert_eq!(record.conflicts.len(), 1);
}

#[test]
fn all_of_reports_properties_with_different_schemas() {
    let object = |key: &str| json!({"type": "object", "properties": {key: {}}});
    let (text, number, any) = (json!({"type": "string"}), json!({"type": "number"}), json!({}));
    for (one, other, conflicts, kept) in [
        (&text, &text, 0, &text),
        (&text, &number, 1, &number),
        (&text, &any, 0, &text),
        (&any, &text, 0, &text),
        (&json!({"type": "string", "enum": ["a"]}), &text, 0, &json!({"type": "string", "enum": ["a"]})),
        (&object("a"), &object("b"), 1, &object("b")),
    ] {
        let part = |schema: &Value| json!({"type": "object", "properties": {"key": schema}});
        let root = json!({"schema": {"allOf": [part(one), part(other)]}});
        let node = Node::root(&root).get("schema").unwrap();
        let SchemaKind::Object(record) = kind(&node).unwrap() else { panic!() };
        assert_eq!((record.conflicts.len(), record.property("key").unwrap().value), (conflicts, kept), "{root}");
    }
}

#[test]
fn all_of_is_merged() {
    let root = json!({
        "base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
        "more": {"allOf": [{"$ref": "#/base"}, {"properties": {"name": {"type": "string"}}, "required": ["name"]}]},
        "same": {"nullable": true, "allOf": [{"$ref": "#/base"}]},
        "self": {"allOf": [{"$ref": "#/self"}, {"type": "object", "properties": {}}]},
    });
    let at = |key: &str| Node::root(&root).get(key).unwrap();
    let SchemaKind::Object(record) = kind(&at("more")).unwrap() else { panic!("expected a record") };
    assert_eq!(record.properties.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["id", "name"]);
    assert_eq!(record.required, ["id", "name"]);
    assert!(matches!(kind(&at("same")).unwrap(), SchemaKind::Reference(node) if node.pointer == "/base"));
    assert!(kind(&at("self")).unwrap_err().to_string().contains("contains itself"));
}

#[test]
fn a_single_branch_is_merged_with_the_properties_next_to_it() {
    let fields = |kind: SchemaKind<'_>| {
        let SchemaKind::Object(record) = kind else { panic!("{kind:?}") };
        let names: Vec<String> = record.properties.iter().map(|(name, _)| (*name).to_owned()).collect();
        (names.join(" "), record.required.join(" "))
    };
    let phone = json!({"required": ["phone"], "properties": {"phone": {"type": "string"}}});
    let id = json!({"id": {"type": "string"}});
    for (schema, names, required) in [
        (json!({"properties": id, "oneOf": [{"$ref": "#/phone"}]}), "phone id", "phone"),
        (json!({"properties": id, "required": ["id"], "anyOf": [{"required": ["email"]}, phone]}), "phone id", "id"),
        (json!({"anyOf": [{"required": ["email"]}, phone]}), "phone", ""),
    ] {
        let root = json!({"schema": schema, "phone": phone});
        let kind = kind(&Node::root(&root).get("schema").unwrap()).unwrap();
        assert_eq!(fields(kind), (names.to_owned(), required.to_owned()), "{schema}");
    }
}

#[test]
fn determines_the_kind_of_simple_schemas() {
    let kind_of = |schema: Value| format!("{:?}", kind(&Node::root(&schema)).unwrap());
    for (schema, expected) in [
        (json!({"type": "string", "enum": ["a", "b", "a", null]}), r#"Enum(["a", "b"])"#),
        (json!({"type": "string", "x-extensible-enum": ["a"]}), r#"Enum(["a"])"#),
        (json!({"type": "integer", "enum": [1, 2]}), r#"Scalar("integer")"#),
        (json!({"type": "object"}), "Map(None)"),
        (json!({"oneOf": [{"type": "array", "items": {}}, {"type": "array", "items": {"type": "string"}}]}), "Any"),
        (json!({"oneOf": [{"type": "integer"}, {"type": "number"}]}), r#"Scalar("number")"#),
        (json!({"anyOf": [{"type": "string"}]}), "Text(None)"),
        (json!({"type": "string", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}), "Text(None)"),
        (json!({}), "Any"),
    ] {
        assert_eq!(kind_of(schema), expected);
    }
}
