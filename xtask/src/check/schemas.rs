//! Validates the examples in the complete descriptions against their schemas.
//!
//! The schemas are read strictly. OpenAPI 3.0 allows null only with `nullable` and `type` in the same schema; OpenAPI 3.1 schemas are
//! JSON Schema 2020-12.

use codegen::Diagnostic;
use codegen::source::document::child;
use jsonschema::error::ValidationErrorKind as Kind;
use jsonschema::{Registry, RegistryBuilder, ValidationError};
use serde_json::{Value, json};

use crate::command::{Context, Failure, Result};
use crate::inputs::{DESCRIPTION, DESCRIPTION_3_1, WEBHOOKS_DESCRIPTION};
use crate::tools::Cargo;

/// The URI of the document in references.
const URI: &str = "urn:document";

pub(super) fn check(context: &mut Context<'_>, _: &Cargo) -> Result {
    let mut violations = Vec::new();
    for name in [DESCRIPTION, WEBHOOKS_DESCRIPTION, DESCRIPTION_3_1] {
        let bytes = context.file(name).read()?;
        let document = codegen::load(name, &bytes)?;
        let (examples, found) = validate(&document.value).map_err(|error| error.in_file(name))?;
        context.announce(&format!("{name}: {examples} examples"))?;
        if examples == 0 {
            return Err(Failure::new("the description contains no examples").in_file(name));
        }
        violations.extend(found.into_iter().map(|violation| document.locate(violation)));
    }
    if violations.is_empty() { Ok(()) } else { Err(Failure::Refused(violations)) }
}

/// Validates all examples. Returns their number, and an error for each violation.
fn validate(document: &Value) -> Result<(usize, Vec<Diagnostic>)> {
    let mut document = document.clone();
    let is_3_0 = document["openapi"].as_str().is_some_and(|version| version.starts_with("3.0"));
    convert(&mut document, Place::Object, is_3_0);
    let registry = Registry::new().add(URI, &document).and_then(RegistryBuilder::prepare);
    let registry = registry.map_err(|error| Failure::new(error.to_string()))?;
    let mut examples = Vec::new();
    collect(&document, &document, "", Place::Object, &mut examples);
    let mut violations = Vec::new();
    for Example { pointer, schema, value } in &examples {
        let options = jsonschema::draft202012::options().should_validate_formats(true).with_registry(&registry);
        let validator = options.build(schema).map_err(|error| {
            Failure::from(Diagnostic::error(format!("the schema of an example is invalid: {error}")).at(pointer))
        })?;
        violations.extend(validator.iter_errors(value).map(|error| {
            let (place, reason) = innermost(&error);
            Diagnostic::error(format!("an example doesn't match its schema: {reason}"))
                .at(format!("{pointer}{place}"))
                .help("correct the example or the schema in spec/overlay")
        }));
    }
    Ok((examples.len(), violations))
}

/// The kind of a value in the document.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// An OpenAPI object other than a schema.
    Object,
    Schema,
    /// A map or a list of schemas.
    Schemas,
}

impl Place {
    /// Returns the kind of an entry, or `None` if it is data or a keyword without schemas.
    fn entry(self, key: &str) -> Option<Self> {
        match (self, key) {
            (Self::Schemas, _)
            | (Self::Object, "schema")
            | (Self::Schema, "items" | "additionalProperties" | "not") => Some(Self::Schema),
            (Self::Schema, "properties" | "allOf" | "anyOf" | "oneOf") | (Self::Object, "schemas") => {
                Some(Self::Schemas)
            }
            (Self::Schema, _) | (Self::Object, "example" | "examples") => None,
            (Self::Object, _) => Some(Self::Object),
        }
    }
}

/// Converts the schemas to JSON Schema in place, and makes their references absolute.
fn convert(node: &mut Value, place: Place, is_3_0: bool) {
    if let (Place::Schema, Value::Object(keywords)) = (place, &mut *node) {
        if let Some(Value::String(reference)) = keywords.get_mut("$ref") {
            reference.insert_str(0, URI);
        }
        let is_nullable = is_3_0 && keywords.get("nullable") == Some(&Value::Bool(true));
        if let (true, Some(kind)) = (is_nullable, keywords.get_mut("type")) {
            *kind = json!([kind.take(), "null"]);
        }
    }
    match node {
        Value::Object(entries) => {
            for (key, part) in entries {
                if let Some(inner) = place.entry(key) {
                    convert(part, inner, is_3_0);
                }
            }
        }
        Value::Array(items) => {
            let inner = if place == Place::Schemas { Place::Schema } else { place };
            for item in items {
                convert(item, inner, is_3_0);
            }
        }
        _ => {}
    }
}

struct Example<'a> {
    pointer: String,
    schema: &'a Value,
    value: &'a Value,
}

/// Collects the examples in a part of the document.
fn collect<'a>(document: &'a Value, node: &'a Value, pointer: &str, place: Place, found: &mut Vec<Example<'a>>) {
    if place != Place::Schemas {
        let schema = if place == Place::Schema { Some(node) } else { node.get("schema") };
        let schema = schema.filter(|schema| schema.is_object());
        found.extend(schema.into_iter().flat_map(|schema| {
            examples(document, node, pointer).map(move |(pointer, value)| Example { pointer, schema, value })
        }));
    }
    let entries = node.as_object().into_iter().flatten().map(|(key, part)| (key.clone(), part));
    let items = node.as_array().into_iter().flatten().enumerate().map(|(index, part)| (index.to_string(), part));
    for (key, part) in entries.chain(items) {
        if let Some(inner) = place.entry(&key) {
            collect(document, part, &child(pointer, &key), inner, found);
        }
    }
}

/// Returns the examples of a media type, a parameter, a header or a schema, with their pointers.
fn examples<'a>(document: &'a Value, node: &'a Value, pointer: &str) -> impl Iterator<Item = (String, &'a Value)> {
    let one = node.get("example").map(|value| (child(pointer, "example"), value));
    let pointer = child(pointer, "examples");
    let list = node.get("examples").and_then(Value::as_array).into_iter().flatten().enumerate();
    let list: Vec<_> = list.map(|(index, value)| (child(&pointer, &index.to_string()), value)).collect();
    let named = node.get("examples").and_then(Value::as_object).into_iter().flatten();
    let named = named.filter_map(move |(name, example)| {
        let reference = example.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix('#'));
        let example = reference.and_then(|reference| document.pointer(reference)).unwrap_or(example);
        Some((child(&child(&pointer, name), "value"), example.get("value")?))
    });
    one.into_iter().chain(list).chain(named)
}

/// Returns the pointer to the invalid value in the example, and the reason. If no branch of a union matches, the reason is that of
/// the branch that matches best.
fn innermost(error: &ValidationError<'_>) -> (String, String) {
    let branches = match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => context.as_slice(),
        _ => &[],
    };
    let inner = branches.iter().flatten().map(innermost).max_by_key(|(place, _)| place.matches('/').count());
    let own = error.instance_path().as_str().to_owned();
    inner.filter(|(place, _)| place.len() > own.len()).unwrap_or_else(|| (own, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violations(openapi: &str, schema: Value, example: Value) -> Vec<(String, String)> {
        let content = json!({ "application/json": { "schema": schema, "example": example } });
        let document = json!({
            "openapi": openapi,
            "paths": { "/a": { "post": { "requestBody": { "content": content } } } },
            "components": { "schemas": { "day": { "type": "string", "format": "date" } } },
        });
        let (examples, violations) = validate(&document).unwrap();
        assert_eq!(examples, 1);
        let parts = |it: &Diagnostic| (it.pointer.clone().unwrap_or_default(), it.message.clone());
        violations.iter().map(parts).collect()
    }

    #[test]
    fn reports_the_place_and_the_reason() {
        let union = json!({ "oneOf": [{ "$ref": "#/components/schemas/day" }, { "type": "object", "properties": { "a": { "type": "integer" } } }] });
        let schema = json!({ "type": "object", "properties": { "example": union } });
        let place = "/paths/~1a/post/requestBody/content/application~1json/example/example";
        assert_eq!(violations("3.0.3", schema.clone(), json!({ "example": "2026-01-31" })), []);
        let expected =
            (format!("{place}/a"), "an example doesn't match its schema: \"1\" is not of type \"integer\"".to_owned());
        assert_eq!(violations("3.0.3", schema.clone(), json!({ "example": { "a": "1" } })), [expected]);
        let found = violations("3.0.3", schema, json!({ "example": "today" }));
        assert_eq!(found.iter().map(|(pointer, _)| pointer.as_str()).collect::<Vec<_>>(), [place]);
    }

    #[test]
    fn accepts_null_only_as_the_version_allows() {
        let is_valid = |openapi, schema| violations(openapi, schema, Value::Null).is_empty();
        assert!(is_valid("3.0.3", json!({ "type": "string", "nullable": true })));
        assert!(!is_valid("3.0.3", json!({ "type": "string", "nullable": true, "enum": ["a"] })));
        assert!(!is_valid("3.0.3", json!({ "allOf": [{ "$ref": "#/components/schemas/day" }], "nullable": true })));
        assert!(is_valid("3.1.0", json!({ "type": ["string", "null"] })));
        assert!(!is_valid("3.1.0", json!({ "type": "string", "nullable": true })));
    }

    #[test]
    fn finds_examples_of_parameters_and_schemas() {
        let schema =
            json!({ "type": "string", "example": 1, "properties": { "example": { "type": "string", "example": 2 } } });
        let list = json!({ "type": "string", "examples": ["a", 3] });
        let document = json!({
            "openapi": "3.0.3",
            "components": {
                "parameters": { "a": { "in": "query", "name": "a", "schema": { "type": "string" }, "examples": {
                    "first": { "value": 4 }, "second": { "$ref": "#/components/examples/five" },
                } } },
                "schemas": { "schema": schema, "list": list },
                "examples": { "five": { "value": 5 } },
            },
        });
        let (examples, violations) = validate(&document).unwrap();
        let mut places: Vec<_> = violations.iter().filter_map(|it| it.pointer.as_deref()).collect();
        places.sort_unstable();
        let expected = [
            "/components/parameters/a/examples/first/value",
            "/components/parameters/a/examples/second/value",
            "/components/schemas/list/examples/1",
            "/components/schemas/schema/example",
            "/components/schemas/schema/properties/example/example",
        ];
        assert_eq!((examples, places), (6, expected.to_vec()));
    }
}
