//! Says what an OpenAPI 3.1 document says in the words of 3.0, which the rest of the line speaks.
//!
//! Most of 3.1 has an equal in 3.0: a type that may be null, a bound that excludes itself, a constant, words beside a reference.
//! What has none is refused where it stands, for bindings that ignored it would promise what the server doesn't keep. A 3.0
//! document passes through as it is.
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

/// What 3.0 can't say of a schema.
const REFUSED: [&str; 20] = [
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$id",
    "$vocabulary",
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];

/// The dialects whose words are the ones that are known here.
const DIALECTS: [&str; 2] =
    ["https://spec.openapis.org/oas/3.1/dialect/base", "https://json-schema.org/draft/2020-12/schema"];

type Object = Map<String, Value>;

/// Turns a 3.1 document into a 3.0 one, and returns what has to be left out of it.
///
/// # Errors
///
/// If the document says what 3.0 can't say; with its place.
pub fn downgrade(document: &mut Document) -> Result<Vec<Diagnostic>> {
    let version = document.value.get("openapi").and_then(Value::as_str).unwrap_or_default();
    if !version.starts_with("3.1.") {
        return Ok(Vec::new());
    }
    let mut left_out = webhooks(document)?;
    let mut converted = document.value.clone();
    let result = whole(&mut converted)
        .and_then(|()| path_items(&mut converted))
        .and_then(|silent| walk_schemas(&mut converted, &mut schema).map(|()| silent));
    let silent = result.map_err(|error| document.locate(error))?;
    left_out.extend(silent.into_iter().map(|error| document.locate(error)));
    document.value = converted;
    Ok(left_out)
}

/// Webhooks are not called. The document that describes the vendor's has them under `paths`.
fn webhooks(document: &mut Document) -> Result<Vec<Diagnostic>> {
    let has = |key: &str| document.value.get(key).is_some();
    if !has("webhooks") {
        return Ok(Vec::new());
    }
    let error = Diagnostic::left_out("`webhooks` is left out: what the server sends is not called").at("/webhooks");
    let error = document.locate(error.help("give what they describe as a document of webhooks, under `paths`"));
    if !has("paths") {
        let error = Diagnostic::error("the document describes only webhooks, and nothing to call").at("/webhooks");
        return Err(document.locate(error.help("describe them under `paths`, and give the document by `--webhooks`")));
    }
    if let Some(root) = document.value.as_object_mut() {
        root.shift_remove("webhooks");
    }
    Ok(vec![error])
}

/// What is not a schema: the version, and what is new around it.
fn whole(value: &mut Value) -> Result<()> {
    let Some(root) = value.as_object_mut() else { return Ok(()) };
    root.insert("openapi".to_owned(), "3.0.3".into());
    if let Some(dialect) = root.shift_remove("jsonSchemaDialect") {
        known_dialect(&dialect).map_err(|error| error.at("/jsonSchemaDialect"))?;
    }
    if let Some(info) = root.get_mut("info").and_then(Value::as_object_mut) {
        info.shift_remove("summary");
        if let Some(license) = info.get_mut("license").and_then(Value::as_object_mut) {
            license.shift_remove("identifier");
        }
    }
    Ok(())
}

/// Puts the named path items where they are meant, and lets each operation answer something. Returns those that said nothing.
fn path_items(value: &mut Value) -> Result<Vec<Diagnostic>> {
    let components = value.get_mut("components").and_then(Value::as_object_mut);
    let named = components.and_then(|components| components.shift_remove("pathItems")).unwrap_or_default();
    let (mut repeated, mut silent) = (0, Vec::new());
    let items = value.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for (path, item) in items.filter(|(path, _)| !path.starts_with("x-")) {
        let place = child("/paths", path);
        // What stands beside the reference is for `repair` to judge.
        if let Some(found) = named_item(item, &named) {
            repeated += limits::weight(found);
            if repeated > limits::MAX_REPEATED {
                let error =
                    Diagnostic::error("the paths repeat more of `components.pathItems` than can be read").at(place);
                return Err(error.help("move what they share into parameters, schemas and responses"));
            }
            *item = found.clone();
        }
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let Some(operation) = operation.as_object_mut().filter(|_| METHODS.contains(&method.as_str())) else {
                continue;
            };
            if !operation.contains_key("responses") {
                operation.insert("responses".to_owned(), json!({"200": {"description": ""}}));
                let error =
                    Diagnostic::left_out("the operation doesn't say what it answers, so whatever that is is left out");
                silent.push(error.at(child(&place, method)).help("describe its `responses`"));
            }
        }
    }
    Ok(silent)
}

/// The named path item to which another refers, at once or by the names between them.
fn named_item<'v>(item: &Value, named: &'v Value) -> Option<&'v Value> {
    const WORDS: [&str; 4] = ["$ref", "summary", "description", "servers"];
    let next = |item: &Value| {
        let alone = item.as_object()?.keys().all(|key| WORDS.contains(&key.as_str()));
        named.get(item.get("$ref")?.as_str()?.strip_prefix("#/components/pathItems/")?).filter(|_| alone)
    };
    let mut found = next(item)?;
    // In a circle there is no end, and the reference stays.
    for _ in 0..DEEPEST {
        match next(found) {
            Some(further) => found = further,
            None => return Some(found),
        }
    }
    None
}

fn known_dialect(dialect: &Value) -> Result<()> {
    if dialect.as_str().is_some_and(|dialect| DIALECTS.contains(&dialect)) {
        return Ok(());
    }
    Err(Diagnostic::error(format!("the dialect {dialect} is not known"))
        .help(format!("use the words of {}", DIALECTS[0])))
}

/// One schema, before those inside it.
fn schema(pointer: &str, value: &mut Value) -> Result<()> {
    let object = match value {
        Value::Bool(true) => {
            *value = json!({});
            return Ok(());
        }
        Value::Bool(false) => {
            let error = Diagnostic::error("a schema that no value fits has no equal in OpenAPI 3.0").at(pointer);
            return Err(error.help("leave it out"));
        }
        Value::Object(object) => object,
        _ => return Ok(()),
    };
    if let Some(key) = REFUSED.iter().find(|key| object.contains_key(**key)) {
        let error = Diagnostic::error(format!("`{key}` has no equal in OpenAPI 3.0")).at(child(pointer, key));
        return Err(error.help(format!("describe it without `{key}`")));
    }
    if let Some(dialect) = object.shift_remove("$schema") {
        known_dialect(&dialect).map_err(|error| error.at(child(pointer, "$schema")))?;
    }
    object.shift_remove("$comment");
    branches_of_null(object);
    types(pointer, object)?;
    constant(object);
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
    siblings(object);
    Ok(())
}

/// A branch that is only null makes what the others describe nullable.
fn branches_of_null(object: &mut Object) {
    let is_null = |branch: &Value| {
        let is = |key: &str, spellings: &[Value]| branch.get(key).is_some_and(|value| spellings.contains(value));
        is("type", &[json!("null"), json!(["null"])]) || is("const", &[json!(null)]) || is("enum", &[json!([null])])
    };
    for key in ["oneOf", "anyOf"] {
        let Some(Value::Array(branches)) = object.get_mut(key) else { continue };
        let before = branches.len();
        branches.retain(|branch| !is_null(branch));
        let (after, only) = (branches.len(), branches.first().cloned());
        if after == before {
            continue;
        }
        object.insert("nullable".to_owned(), true.into());
        match only {
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

/// A list of types is one type, null aside, or a choice between several.
fn types(pointer: &str, object: &mut Object) -> Result<()> {
    let mut kinds = match object.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(kind) if kind == "null" => vec![kind.clone()],
        _ => return Ok(()),
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
            let error = Diagnostic::error("several types beside an `anyOf` have no equal in OpenAPI 3.0");
            return Err(error.at(child(pointer, "type")).help("name the type in each branch"));
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
    Ok(())
}

fn constant(object: &mut Object) {
    if let Some(value) = object.shift_remove("const") {
        if value.is_null() {
            object.insert("nullable".to_owned(), true.into());
        }
        object.insert("enum".to_owned(), json!([value]));
    }
}

/// In 3.0 a bound that excludes itself is a bound with a flag. Where there are two, the stricter one holds.
fn bound(object: &mut Object, bound: &str, exclusive: &str, is_stricter: fn(f64, f64) -> bool) {
    let Some(number) = object.get(exclusive).filter(|value| value.is_number()).cloned() else { return };
    let other = object.get(bound).and_then(Value::as_f64);
    if other.zip(number.as_f64()).is_some_and(|(other, number)| is_stricter(other, number)) {
        object.shift_remove(exclusive);
    } else {
        object.insert(bound.to_owned(), number);
        object.insert(exclusive.to_owned(), true.into());
    }
}

/// How a text holds bytes is a format in 3.0.
fn content(object: &mut Object) {
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

/// Words beside a reference count in 3.1; in 3.0 they do so around an `allOf`. Tells whether there were any.
pub(crate) fn siblings(object: &mut Object) -> bool {
    let has = object.len() > 1 && object.get("$ref").is_some_and(Value::is_string);
    if has {
        let reference = object.shift_remove("$ref");
        let mut all = vec![json!({"$ref": reference})];
        if let Some(Value::Array(others)) = object.shift_remove("allOf") {
            all.extend(others);
        }
        object.shift_insert(0, "allOf".to_owned(), all.into());
    }
    has
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downgraded(schema: &Value) -> Result<Value> {
        let value = json!({"openapi": "3.1.0", "paths": {}, "components": {"schemas": {"A": schema}}});
        let mut document = Document::new("a.yaml", value);
        downgrade(&mut document)?;
        assert_eq!(document.value["openapi"], "3.0.3");
        Ok(document.value["components"]["schemas"]["A"].clone())
    }

    #[test]
    fn what_means_the_same_is_said_in_the_words_of_3_0() {
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
                json!({"$ref": "#/components/schemas/B", "description": "Words."}),
                json!({"allOf": [reference], "description": "Words."}),
            ),
            (json!({"const": "a"}), json!({"enum": ["a"]})),
            (json!({"exclusiveMinimum": 3}), json!({"minimum": 3, "exclusiveMinimum": true})),
            (json!({"exclusiveMinimum": 3, "minimum": 5}), json!({"minimum": 5})),
            (json!({"exclusiveMaximum": 3.5, "maximum": 5}), json!({"maximum": 3.5, "exclusiveMaximum": true})),
            (json!({"exclusiveMaximum": true, "maximum": 5}), json!({"maximum": 5, "exclusiveMaximum": true})),
            (json!({"type": "string", "examples": ["a", "b"]}), json!({"type": "string", "example": "a"})),
            (json!({"type": "string", "contentEncoding": "base64"}), json!({"type": "string", "format": "byte"})),
            (json!({"type": "string", "contentMediaType": "image/png"}), json!({"type": "string", "format": "binary"})),
            (json!({"$comment": "Words.", "$schema": DIALECTS[0]}), json!({})),
            (
                json!({"properties": {"const": {"const": 1}, "items": {"items": {"const": 1}}}, "example": {"const": 1}}),
                json!({"properties": {"const": {"enum": [1]}, "items": {"items": {"enum": [1]}}}, "example": {"const": 1}}),
            ),
        ] {
            assert_eq!(downgraded(&new).expect("it means the same"), old, "{new}");
        }
    }

    #[test]
    fn what_3_0_can_not_say_is_refused_where_it_stands() {
        for (schema, pointer) in [
            (json!({"properties": {"a": {"if": {}, "then": {}}}}), "/properties/a/if"),
            (json!({"items": {"prefixItems": []}}), "/items/prefixItems"),
            (json!({"allOf": [{"$dynamicRef": "#a"}]}), "/allOf/0/$dynamicRef"),
            (json!({"additionalProperties": {"$defs": {}}}), "/additionalProperties/$defs"),
            (json!({"properties": {"a": false}}), "/properties/a"),
            (json!({"type": ["string", "integer"], "anyOf": [{}]}), "/type"),
            (json!({"$schema": "https://example.com/own"}), "/$schema"),
        ] {
            let error = downgraded(&schema).expect_err("it has no equal");
            assert_eq!(error.pointer.as_deref(), Some(format!("/components/schemas/A{pointer}").as_str()), "{error}");
            assert!(error.help.is_some(), "{error}");
        }
        let always = json!({"additionalProperties": false});
        assert_eq!(downgraded(&always).expect("3.0 says it alike"), always);
    }

    #[test]
    fn named_path_items_are_put_where_they_are_meant() {
        let item = json!({"get": {"responses": {}}});
        let mut document = Document::new(
            "a.yaml",
            json!({"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
                "webhooks": {"b": item}, "components": {"pathItems": {"A": item}}}),
        );
        let left_out = downgrade(&mut document).expect("it means the same");
        assert_eq!(document.value, json!({"openapi": "3.0.3", "paths": {"/a": item}, "components": {}}));
        assert_eq!(left_out[0].pointer.as_deref(), Some("/webhooks"));
    }

    #[test]
    fn named_path_items_that_multiply_are_refused() {
        let item = json!({"get": {"responses": {}, "tags": vec!["tag"; 1_000]}});
        let paths: Object =
            (0..501).map(|index| (format!("/{index}"), json!({"$ref": "#/components/pathItems/A"}))).collect();
        let value = json!({"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"A": item}}});
        let error = downgrade(&mut Document::new("a.yaml", value)).expect_err("half a million values");
        assert!(error.message.contains("repeat more") && error.help.is_some(), "{error}");
    }

    #[test]
    fn an_operation_that_says_nothing_answers_nothing() {
        let value = json!({"openapi": "3.1.0", "paths": {"/a": {"post": {"operationId": "a"}}, "x-b": {"get": {}}}});
        let mut document = Document::new("a.yaml", value);
        let left_out = downgrade(&mut document).expect("3.1 allows it");
        assert_eq!(document.value["paths"]["/a"]["post"]["responses"], json!({"200": {"description": ""}}));
        assert_eq!(document.value["paths"]["x-b"], json!({"get": {}}));
        assert_eq!(left_out.iter().filter_map(|note| note.pointer.as_deref()).collect::<Vec<_>>(), ["/paths/~1a/post"]);
    }

    #[test]
    fn older_documents_stay_as_they_are() {
        let value = json!({"openapi": "3.0.3", "components": {"schemas": {"A": {"type": ["string", "null"]}}}});
        let mut document = Document::new("a.yaml", value.clone());
        downgrade(&mut document).expect("nothing is refused");
        assert_eq!(document.value, value);
    }

    #[test]
    fn named_path_items_are_found_by_other_names() {
        let reference = |name: &str| json!({"$ref": format!("#/components/pathItems/{name}")});
        let mut beside = reference("A");
        beside["servers"] = json!([{"url": "https://example.com"}]);
        let value = json!({"openapi": "3.1.0", "paths": {"/a": beside, "/c": reference("C")}, "components": {"pathItems": {
            "A": reference("B"), "B": {"get": {"responses": {}}}, "C": reference("C"),
        }}});
        let mut document = Document::new("a.yaml", value);
        downgrade(&mut document).expect("it is OpenAPI 3.1");
        assert_eq!(document.value["paths"]["/a"], json!({"get": {"responses": {}}}));
        assert_eq!(document.value["paths"]["/c"], reference("C"));
    }
}
