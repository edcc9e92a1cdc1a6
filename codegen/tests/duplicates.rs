//! Property tests: documents full of duplicates and colliding names cause neither a panic nor an error.

use codegen::{Inputs, Published, Source, coverage, generate};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A small set of names, so that many of them are equal or become the same Rust name.
const NAMES: [&str; 12] = ["a", "A", "a b", "a_b", "AB", "ab", "a/b", "1", "self", "type", "Option", "é"];

fn name() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&NAMES[..])
}

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(name(), 0..6)
}

fn schema() -> impl Strategy<Value = Value> {
    let reference =
        name().prop_map(|name| json!({"$ref": format!("#/components/schemas/{}", name.replace('/', "~1"))}));
    let leaf = prop_oneof![
        names().prop_map(|values| json!({"type": "string", "enum": values})),
        prop::sample::select(vec![json!({"type": "string"}), json!({"type": "integer"}), json!({}), json!(null)]),
        reference,
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let properties = prop::collection::vec((name(), inner.clone()), 0..5);
        let object = (properties, names(), any::<bool>()).prop_map(|(properties, required, is_open)| {
            let properties: serde_json::Map<String, Value> =
                properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": is_open})
        }).boxed();
        let parts = (prop::sample::select(vec!["allOf", "oneOf", "anyOf"]), prop::collection::vec(inner.clone(), 1..4));
        prop_oneof![
            object.clone(),
            (parts, names()).prop_map(|((key, parts), required)| json!({key: parts, "required": required})),
            inner.prop_map(|items| json!({"type": "array", "items": items})),
            (object, name()).prop_map(|(mut object, tag)| {
                object["discriminator"] = json!({"propertyName": tag, "mapping": {"a": "#/components/schemas/a"}});
                object
            }),
        ]
    })
}

fn operation() -> impl Strategy<Value = Value> {
    let parameter = (name(), prop::sample::select(vec!["query", "path", "header"]), schema(), any::<bool>());
    let parameter = parameter.prop_map(|(name, location, schema, required)| {
        json!({"name": name, "in": location, "schema": schema, "required": required})
    });
    (name(), names(), prop::collection::vec(parameter, 0..4), schema(), schema()).prop_map(
        |(id, tags, parameters, body, result)| {
            json!({
                "operationId": id, "tags": tags, "parameters": parameters,
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": result}}}},
            })
        },
    )
}

fn document() -> impl Strategy<Value = Value> {
    let schemas = prop::collection::vec((name(), schema()), 0..6);
    let paths = prop::collection::vec((name(), operation(), operation()), 1..4);
    (schemas, paths).prop_map(|(schemas, paths)| {
        let schemas: serde_json::Map<String, Value> =
            schemas.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
        let paths: serde_json::Map<String, Value> = paths
            .into_iter()
            .map(|(name, get, post)| (format!("/{name}/{{a}}"), json!({"get": get, "post": post})))
            .collect();
        let info = json!({"title": "Bakery", "version": "v1"});
        json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": {"schemas": schemas}})
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn duplicates_are_never_an_error(document in document()) {
        let text = document.to_string();
        let overlay = Source { name: "o.yaml", bytes: b"overlay: 1.0.0\ninfo: {title: Empty, version: '1'}\nactions: []\n" };
        let published = |name, bytes| {
            let document = Source { name, bytes };
            Published { document, transcription: document, overlay }
        };
        let inputs = Inputs {
            v2: published("a.json", text.as_bytes()),
            webhooks: published("w.yaml", b"openapi: 3.0.3\ninfo: {title: Empty, version: '1'}\npaths: {}\n"),
            shared: Source { name: "schemas.yaml", bytes: b"{}" },
        };
        let output = generate(&inputs);
        prop_assert!(output.is_ok(), "{}\n{text}", output.unwrap_err());
        let coverage = coverage(&inputs).expect("the document was generated");
        prop_assert_eq!(coverage.errors, vec![], "{}", text);
    }
}
