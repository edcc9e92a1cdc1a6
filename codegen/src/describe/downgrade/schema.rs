//! Rewrites one OpenAPI 3.1 schema as OpenAPI 3.0.

use serde_json::{Map, Value, json};

use crate::Diagnostic;
use crate::source::document::child;

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
pub(super) const DIALECTS: [&str; 2] =
    ["https://spec.openapis.org/oas/3.1/dialect/base", "https://json-schema.org/draft/2020-12/schema"];

type JsonObject = Map<String, Value>;

/// Returns whether a schema uses keywords that OpenAPI 3.0 doesn't have.
pub(super) fn uses_newer_keywords(schema: &Value) -> bool {
    const KEYWORDS: [&str; 6] = ["$comment", "$schema", "const", "contentEncoding", "contentMediaType", "examples"];
    let Some(object) = schema.as_object() else { return schema.is_boolean() };
    let has = |keys: &[&str]| keys.iter().any(|key| object.contains_key(*key));
    let is_number = |key: &str| object.get(key).is_some_and(Value::is_number);
    // A branch with `nullable` describes null as in OpenAPI 3.0.
    let is_newer = |branch: &Value| is_null(branch) && branch.get("nullable").is_none();
    let null =
        |key: &str| object.get(key).and_then(Value::as_array).is_some_and(|branches| branches.iter().any(is_newer));
    has(&KEYWORDS)
        || has(&RESTRICTIONS)
        || has(&SHAPES)
        || object.get("type").is_some_and(|kind| kind.is_array() || kind == "null")
        || is_number("exclusiveMinimum")
        || is_number("exclusiveMaximum")
        || null("oneOf")
        || null("anyOf")
}

pub(super) fn unknown_dialect(dialect: &Value) -> Option<Diagnostic> {
    if dialect.as_str().is_some_and(|dialect| DIALECTS.contains(&dialect.trim_end_matches('#'))) {
        return None;
    }
    let warning = Diagnostic::warning(format!("the dialect {dialect} is read as the dialect of OpenAPI 3.1"));
    Some(warning.help(format!("use {}", DIALECTS[0])))
}

/// Converts one schema, but not its subschemas.
pub(super) fn schema(pointer: &str, value: &mut Value, left_out: &mut Vec<Diagnostic>) {
    let object = match value {
        Value::Bool(any) => {
            if !*any {
                let note = Diagnostic::left_out(
                    "the schema `false` accepts no value, but is read as a schema that accepts any value",
                );
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
    left_out.extend(patterns(pointer, object));
    for key in SHAPES {
        let Some(value) = object.shift_remove(key) else { continue };
        let is_array = object.get("type").is_some_and(|kind| kind == "array");
        let consequence = match key {
            "prefixItems" => "the items are untyped JSON",
            "dependentSchemas" | "else" | "if" | "patternProperties" | "then"
                if !is_array && value.to_string().contains("roperties") =>
            {
                if !object.get("additionalProperties").is_some_and(Value::is_object) {
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

/// Replaces `patternProperties` with `additionalProperties` if all patterns have the same schema.
fn patterns(pointer: &str, object: &mut JsonObject) -> Option<Diagnostic> {
    let schemas = object.get("patternProperties")?.as_object()?;
    let first = schemas.values().next()?.clone();
    let is_closed = object.get("additionalProperties").is_none_or(Value::is_boolean);
    if !is_closed || schemas.values().any(|schema| *schema != first) {
        return None;
    }
    object.shift_remove("patternProperties");
    object.insert("additionalProperties".to_owned(), first);
    let note = Diagnostic::left_out(
        "the patterns of `patternProperties` are left out: their schema is used for all other keys",
    );
    Some(note.at(child(pointer, "patternProperties")))
}

fn is_null(branch: &Value) -> bool {
    let is = |key: &str, spellings: &[Value]| branch.get(key).is_some_and(|value| spellings.contains(value));
    is("type", &[json!("null"), json!(["null"])]) || is("const", &[json!(null)]) || is("enum", &[json!([null])])
}

/// Replaces the null branches of a `oneOf` or `anyOf` with `nullable`.
pub(super) fn null_branches(object: &mut JsonObject) {
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
            let warning = Diagnostic::warning("this `const` is an object or an array");
            let warning = warning.at(child(pointer, "const")).note("this `const` is ignored");
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
        Some("binary") => "binary",
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
