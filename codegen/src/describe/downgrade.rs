//! Rewrites an OpenAPI 3.1 document as OpenAPI 3.0.
//!
//! Most 3.1 keywords have an equivalent in 3.0. A keyword without an equivalent is left out with a diagnostic. A 3.0 document that
//! uses 3.1 keywords is rewritten too.
//!
//! ```
//! let mut document = codegen::load("v2.yaml", b"openapi: 3.1.0\ncomponents: {schemas: {Note: {type: [string, 'null']}}}\npaths: {}\n")?;
//! codegen::downgrade(&mut document)?;
//! let note = &document.value["components"]["schemas"]["Note"];
//! assert_eq!(*note, serde_json::json!({"type": "string", "nullable": true}));
//! # Ok::<(), codegen::Diagnostic>(())
//! ```

use serde_json::{Map, Value, json};

use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::{METHODS, walk_schemas};
use crate::source::document::{Document, child};
use crate::source::limits;
use crate::{Diagnostic, Result};

/// The schema keywords without an equivalent in 3.0 that only restrict the values. The bindings don't check such restrictions.
const RESTRICTIONS: [&str; 7] = [
    "contains",
    "dependentRequired",
    "maxContains",
    "minContains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The schema keywords without an equivalent in 3.0 that can describe properties or items.
const SHAPES: [&str; 13] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$vocabulary",
    "contentSchema",
    "dependentSchemas",
    "else",
    "if",
    "patternProperties",
    "prefixItems",
    "then",
];

/// The supported JSON Schema dialects.
const DIALECTS: [&str; 2] =
    ["https://spec.openapis.org/oas/3.1/dialect/base", "https://json-schema.org/draft/2020-12/schema"];

type JsonObject = Map<String, Value>;

/// Turns an OpenAPI 3.1 document into an OpenAPI 3.0 document. Returns a diagnostic for each part that is left out.
///
/// # Errors
///
/// Returns an error if the references to path items expand to too many values.
pub fn downgrade(document: &mut Document) -> Result<Vec<Diagnostic>> {
    let version = document.value.get("openapi").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (is_newer, is_old) = (version.starts_with("3.1.") || version.starts_with("3.2."), version.starts_with("3.0."));
    if !is_newer && !is_old {
        return Ok(Vec::new());
    }
    let mut left_out = Vec::new();
    if is_newer {
        let mut converted = document.value.clone();
        left_out = convert(&mut converted).map_err(|error| document.locate(error))?;
        document.value = converted;
    }
    let (mut newer, mut first) = (0, None);
    walk_schemas(&mut document.value, &mut |pointer, value| {
        if is_newer || uses_newer_keywords(value) {
            newer += 1;
            first.get_or_insert_with(|| pointer.to_owned());
            schema(pointer, value, &mut left_out);
        }
        Ok(())
    })?;
    if let (Some(first), true) = (first, is_old) {
        let message = format!("the document declares OpenAPI {version}, but uses keywords of OpenAPI 3.1");
        let warning =
            Diagnostic::warning(message).at(first).note(format!("number of schemas read as OpenAPI 3.1: {newer}"));
        left_out.push(warning.help("declare `openapi: 3.1.0`"));
    }
    Ok(left_out.into_iter().map(|note| document.locate(note)).collect())
}

fn convert(document: &mut Value) -> Result<Vec<Diagnostic>> {
    let mut left_out = Vec::new();
    if let Some(root) = document.as_object_mut() {
        left_out.extend(webhooks(root));
        left_out.extend(metadata(root));
    }
    left_out.extend(path_items(document)?);
    Ok(left_out)
}

/// Returns whether a schema uses keywords that OpenAPI 3.0 doesn't have.
fn uses_newer_keywords(schema: &Value) -> bool {
    const KEYWORDS: [&str; 6] = ["$comment", "$schema", "const", "contentEncoding", "contentMediaType", "examples"];
    let Some(object) = schema.as_object() else { return schema.is_boolean() };
    let has = |keys: &[&str]| keys.iter().any(|key| object.contains_key(*key));
    let is_number = |key: &str| object.get(key).is_some_and(Value::is_number);
    let null =
        |key: &str| object.get(key).and_then(Value::as_array).is_some_and(|branches| branches.iter().any(is_null));
    has(&KEYWORDS)
        || has(&RESTRICTIONS)
        || has(&SHAPES)
        || object.get("type").is_some_and(|kind| kind.is_array() || kind == "null")
        || is_number("exclusiveMinimum")
        || is_number("exclusiveMaximum")
        || null("oneOf")
        || null("anyOf")
}

/// Removes the `webhooks` section, and returns a note if the section existed. Webhooks must be described under `paths` in the
/// webhooks document instead.
fn webhooks(root: &mut JsonObject) -> Option<Diagnostic> {
    root.shift_remove("webhooks")?;
    if !root.contains_key("paths") {
        root.insert("paths".to_owned(), json!({}));
    }
    let note = Diagnostic::left_out("`webhooks` is left out: it describes requests that the server sends");
    Some(note.at("/webhooks").help("describe these requests under `paths` in the webhooks document"))
}

/// Sets the OpenAPI version, and removes metadata that is not supported in 3.0. Returns a warning if the JSON Schema dialect is
/// not supported.
fn metadata(root: &mut JsonObject) -> Option<Diagnostic> {
    root.insert("openapi".to_owned(), "3.0.3".into());
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.shift_remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.shift_remove("identifier");
        }
    }
    unknown_dialect(&root.shift_remove("jsonSchemaDialect")?).map(|warning| warning.at("/jsonSchemaDialect"))
}

/// Replaces references to `components.pathItems` with the path items, and adds an empty response to operations without
/// `responses`. Returns a note for each of these operations.
fn path_items(document: &mut Value) -> Result<Vec<Diagnostic>> {
    let components = document.get_mut("components").and_then(Value::as_object_mut);
    let named = components.and_then(|components| components.shift_remove("pathItems")).unwrap_or_default();
    let (mut repeated, mut left_out) = (0, Vec::new());
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (path, item) in items.filter(|(path, _)| !path.starts_with("x-")) {
        let place = child("/paths", path);
        if let Some(found) = named_item(item, &named) {
            repeated += limits::weight(found);
            if repeated > limits::MAX_REPEATED {
                let error =
                    Diagnostic::error("the references to `components.pathItems` expand to too many values").at(place);
                return Err(error.help("move repeated parameters, schemas and responses to `components`"));
            }
            *item = found.clone();
        }
        let operations = item.as_object_mut().into_iter().flatten();
        for (method, operation) in operations.filter(|(method, _)| METHODS.contains(&method.as_str())) {
            let Some(operation) = operation.as_object_mut() else { continue };
            if !operation.contains_key("responses") {
                operation.insert("responses".to_owned(), json!({"200": {"description": ""}}));
                let note = Diagnostic::left_out("the operation has no `responses`, so its result is left out");
                left_out.push(note.at(child(&place, method)).help("add `responses` to the operation"));
            }
        }
    }
    Ok(left_out)
}

/// Returns the named path item to which `item` refers, directly or through other references. Returns `None` if `item` is not such
/// a reference, or if the reference has a sibling that is not in `SIBLINGS`. The `repair` stage handles such siblings.
fn named_item<'v>(item: &Value, named: &'v Value) -> Option<&'v Value> {
    const SIBLINGS: [&str; 4] = ["$ref", "summary", "description", "servers"];
    let next = |item: &Value| {
        let is_reference = item.as_object()?.keys().all(|key| SIBLINGS.contains(&key.as_str()));
        named.get(item.get("$ref")?.as_str()?.strip_prefix("#/components/pathItems/")?).filter(|_| is_reference)
    };
    let mut found = next(item)?;
    // The number of steps is limited, because references can be circular. A circular reference is not resolved.
    for _ in 0..DEEPEST {
        match next(found) {
            Some(further) => found = further,
            None => return Some(found),
        }
    }
    None
}

fn unknown_dialect(dialect: &Value) -> Option<Diagnostic> {
    if dialect.as_str().is_some_and(|dialect| DIALECTS.contains(&dialect.trim_end_matches('#'))) {
        return None;
    }
    let warning = Diagnostic::warning(format!("the dialect {dialect} is read like that of OpenAPI 3.1"));
    Some(warning.help(format!("use {}", DIALECTS[0])))
}

/// Converts one schema, but not its subschemas.
fn schema(pointer: &str, value: &mut Value, left_out: &mut Vec<Diagnostic>) {
    let object = match value {
        Value::Bool(any) => {
            if !*any {
                let note =
                    Diagnostic::left_out("this schema accepts no value, but is read as one that accepts any value");
                left_out.push(note.at(pointer).help("remove the schema"));
            }
            *value = json!({});
            return;
        }
        Value::Object(object) => object,
        _ => return,
    };
    keywords(pointer, object, left_out);
    if let Some(dialect) = object.shift_remove("$schema") {
        left_out.extend(unknown_dialect(&dialect).map(|warning| warning.at(child(pointer, "$schema"))));
    }
    object.shift_remove("$comment");
    null_branches(object);
    types(pointer, object, left_out);
    constant(pointer, object, left_out);
    bound(object, "minimum", "exclusiveMinimum", |bound, exclusive| bound > exclusive);
    bound(object, "maximum", "exclusiveMaximum", |bound, exclusive| bound < exclusive);
    if let Some(Value::Array(samples)) = object.get("examples") {
        let first = samples.first().cloned();
        object.shift_remove("examples");
        if let (Some(first), false) = (first, object.contains_key("example")) {
            object.insert("example".to_owned(), first);
        }
    }
    content(object);
    wrap_siblings(object);
}

/// Removes the keywords without an equivalent in 3.0. If a removed keyword can describe properties, the schema is changed to
/// accept additional properties, so that no property is lost.
fn keywords(pointer: &str, object: &mut JsonObject, left_out: &mut Vec<Diagnostic>) {
    for key in RESTRICTIONS {
        if object.shift_remove(key).is_some() {
            let note = Diagnostic::left_out(format!("`{key}` is left out: it only restricts the values"));
            left_out.push(note.at(child(pointer, key)));
        }
    }
    for key in SHAPES {
        let Some(value) = object.shift_remove(key) else { continue };
        let is_array = object.get("type").is_some_and(|kind| kind == "array");
        let consequence = match key {
            "prefixItems" => "the items are untyped JSON",
            "dependentSchemas" | "else" | "if" | "patternProperties" | "then" if !is_array => {
                if value.to_string().contains("roperties")
                    && !object.get("additionalProperties").is_some_and(Value::is_object)
                {
                    object.insert("additionalProperties".to_owned(), true.into());
                }
                "the properties described by this keyword are untyped JSON"
            }
            _ => "this key is ignored",
        };
        if key == "prefixItems" {
            object.insert("items".to_owned(), json!({}));
        }
        let warning = Diagnostic::warning(format!("`{key}` has no equivalent in OpenAPI 3.0"));
        let warning = warning.at(child(pointer, key)).note(consequence);
        left_out.push(warning.help(format!("describe the schema without `{key}`")));
    }
}

fn is_null(branch: &Value) -> bool {
    let is = |key: &str, spellings: &[Value]| branch.get(key).is_some_and(|value| spellings.contains(value));
    is("type", &[json!("null"), json!(["null"])]) || is("const", &[json!(null)]) || is("enum", &[json!([null])])
}

/// Replaces the null branches of a `oneOf` or `anyOf` with `nullable`.
fn null_branches(object: &mut JsonObject) {
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(branches)) = object.get_mut(key) else { continue };
        let before = branches.len();
        branches.retain(|branch| !is_null(branch));
        let (after, first) = (branches.len(), branches.first().cloned());
        if after == before {
            continue;
        }
        object.insert("nullable".to_owned(), true.into());
        match first {
            Some(only) if after == 1 && !object.contains_key("allOf") => {
                object.shift_remove(key);
                object.insert("allOf".to_owned(), json!([only]));
            }
            Some(_) => {}
            None => {
                object.shift_remove(key);
                object.insert("enum".to_owned(), json!([null]));
            }
        }
    }
}

/// Replaces a list of types with a single type or an `anyOf`, and the `null` type with `nullable`.
fn types(pointer: &str, object: &mut JsonObject, left_out: &mut Vec<Diagnostic>) {
    let mut kinds = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) if kind == "null" => vec![kind.clone()],
        _ => return,
    };
    let before = kinds.len();
    kinds.retain(|kind| kind != "null");
    object.shift_remove("type");
    if kinds.len() < before {
        object.insert("nullable".to_owned(), true.into());
    }
    match kinds.as_slice() {
        [] => {
            object.insert("enum".to_owned(), json!([null]));
        }
        [only] => {
            object.shift_insert(0, "type".to_owned(), only.clone());
        }
        _ if object.contains_key("anyOf") => {
            let note = Diagnostic::left_out("this list of types is left out: the `anyOf` describes the values");
            left_out.push(note.at(child(pointer, "type")).help("declare the type in each branch"));
        }
        several => {
            let items = object.shift_remove("items");
            let branch = |kind: &Value| match &items {
                Some(items) if kind == "array" => json!({"type": kind, "items": items}),
                _ => json!({"type": kind}),
            };
            object.insert("anyOf".to_owned(), several.iter().map(branch).collect());
        }
    }
}

fn constant(pointer: &str, object: &mut JsonObject, left_out: &mut Vec<Diagnostic>) {
    if let Some(value) = object.shift_remove("const") {
        if value.is_object() || value.is_array() {
            let warning = Diagnostic::warning("this `const` is neither a string, a number nor a boolean");
            let warning = warning.at(child(pointer, "const")).note("the values of this schema are untyped JSON");
            left_out.push(warning.help("describe the properties or the items instead"));
            return;
        }
        if value.is_null() {
            object.insert("nullable".to_owned(), true.into());
        }
        object.insert("enum".to_owned(), json!([value]));
    }
}

/// Replaces a numeric exclusive bound with a bound and a flag. If the schema has an inclusive and an exclusive bound, the
/// stricter one remains.
fn bound(object: &mut JsonObject, bound: &str, exclusive: &str, is_stricter: fn(f64, f64) -> bool) {
    let Some(number) = object.get(exclusive).filter(|value| value.is_number()).cloned() else { return };
    let other = object.get(bound).and_then(Value::as_f64);
    if other.zip(number.as_f64()).is_some_and(|(other, number)| is_stricter(other, number)) {
        object.shift_remove(exclusive);
    } else {
        object.insert(bound.to_owned(), number);
        object.insert(exclusive.to_owned(), true.into());
    }
}

/// Replaces `contentEncoding` and `contentMediaType` with a `format`.
fn content(object: &mut JsonObject) {
    let encoding = object.shift_remove("contentEncoding");
    let media_type = object.shift_remove("contentMediaType");
    let format = match encoding.as_ref().and_then(Value::as_str) {
        Some("base64" | "base64url") => "byte",
        None if media_type.is_some() => "binary",
        _ => return,
    };
    if !object.contains_key("format") {
        object.insert("format".to_owned(), format.into());
    }
}

/// Wraps a reference in an `allOf` if it has siblings, because OpenAPI 3.0 ignores the siblings of a reference. Returns whether
/// the object changed.
pub(crate) fn wrap_siblings(object: &mut JsonObject) -> bool {
    let has_siblings = object.len() > 1 && object.get("$ref").is_some_and(Value::is_string);
    if has_siblings {
        let reference = object.shift_remove("$ref");
        let mut all = vec![json!({"$ref": reference})];
        if let Some(Value::Array(others)) = object.shift_remove("allOf") {
            all.extend(others);
        }
        object.shift_insert(0, "allOf".to_owned(), all.into());
    }
    has_siblings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downgraded_with_diagnostics(schema: &Value) -> (Value, Vec<Diagnostic>) {
        let value = json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema}}});
        let mut document = Document::new("a.yaml", value);
        let left_out = downgrade(&mut document).expect("the document has no references to path items");
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
            (json!({"properties": {"a": false}}), "/properties/a", json!({"properties": {"a": {}}})),
            (json!({"type": ["string", "integer"], "anyOf": [{}]}), "/type", json!({"anyOf": [{}]})),
            (json!({"$schema": "https://example.com/own"}), "/$schema", json!({})),
            (json!({"type": "object", "propertyNames": {}}), "/propertyNames", json!({"type": "object"})),
        ] {
            let (found, left_out) = downgraded_with_diagnostics(&schema);
            assert_eq!(found, rest, "{schema}");
            let expected = format!("/components/schemas/A{pointer}");
            assert!(
                left_out.iter().any(|it| it.pointer.as_deref() == Some(expected.as_str())),
                "{schema}: {left_out:?}"
            );
        }
        let always = json!({"additionalProperties": false});
        assert_eq!(downgraded(&always), always);
    }

    #[test]
    fn resolves_named_path_items() {
        let item = json!({"get": {"responses": {}}});
        let mut document = Document::new(
            "a.yaml",
            json!({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
                "webhooks": {"b": item}, "components": {"pathItems": {"A": item}}}),
        );
        let left_out = downgrade(&mut document).expect("the reference resolves");
        assert_eq!(document.value, json!({"openapi": "3.0.3", "paths": {"/a": item}, "components": {}}));
        assert_eq!(left_out[0].pointer.as_deref(), Some("/webhooks"));
    }

    #[test]
    fn rejects_path_items_that_expand_too_much() {
        let item = json!({"get": {"responses": {}, "tags": vec!["tag"; 1_000]}});
        let paths: JsonObject =
            (0..501).map(|index| (format!("/{index}"), json!({"$ref": "#/components/pathItems/A"}))).collect();
        let value = json!({"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"A": item}}});
        let error = downgrade(&mut Document::new("a.yaml", value)).expect_err("half a million values are too many");
        assert!(error.message.contains("too many values") && error.help.is_some(), "{error}");
    }

    #[test]
    fn adds_a_response_to_operations_without_responses() {
        let value = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"operationId": "a"}}, "x-b": {"get": {}}}});
        let mut document = Document::new("a.yaml", value);
        let left_out = downgrade(&mut document).expect("3.1 allows an operation without responses");
        assert_eq!(document.value["paths"]["/a"]["post"]["responses"], json!({"200": {"description": ""}}));
        assert_eq!(document.value["paths"]["x-b"], json!({"get": {}}));
        assert_eq!(left_out.iter().filter_map(|note| note.pointer.as_deref()).collect::<Vec<_>>(), ["/paths/~1a/post"]);
    }

    #[test]
    fn rewrites_3_1_keywords_in_3_0_documents() {
        let schemas =
            json!({"A": {"type": ["string", "null"]}, "B": {"const": "b"}, "C": {"type": "integer", "minimum": 1}});
        let mut document = Document::new("a.yaml", json!({"openapi": "3.0.3", "components": {"schemas": schemas}}));
        let warnings = downgrade(&mut document).expect("there are no path items");
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
        downgrade(&mut document).expect("the document is valid");
        assert_eq!(document.value["paths"]["/a"], json!({"get": {"responses": {}}}));
        assert_eq!(document.value["paths"]["/c"], reference("C"));
    }
}
