//! Checks that schemas are well-formed.

use crate::Result;
use crate::openapi::node::Node;
use crate::openapi::problem::{Checker, Problem};
use crate::openapi::schema::{DEEPEST, RUST_TYPE, required, values};
use crate::source::document::child;

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// Finds the problems in a schema and its inner schemas.
///
/// # Errors
///
/// Returns an error if the document exceeds a limit.
pub(crate) fn validate(node: &Node<'_>, checker: &mut Checker) -> Result<()> {
    if checker.limits.is_new(node) { walk(node, checker, 0) } else { Ok(()) }
}

fn walk(node: &Node<'_>, checker: &mut Checker, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        let error = node.error(format!("schemas are nested more than {DEEPEST} levels deep"));
        let error = error.help("move the inner schemas to `#/components/schemas`");
        checker.push(Problem::untyped(error, &node.pointer));
        return Ok(());
    }
    if let Err(error) = node.object().and_then(|_| node.follow_object()) {
        checker.push(Problem::untyped(error, &node.pointer));
        return Ok(());
    }
    shallow(node, checker);
    checker.limits.schema(node)?;
    let properties = checker.keyword(node, "properties", node.entries_of("properties"));
    required_properties(node, &properties, checker);
    let mut inner: Vec<_> = properties.into_iter().map(|(_, property)| property).collect();
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = checker.keyword(node, key, node.items_of(key));
        if let Some(empty) = node.get(key).filter(|key| parts.is_empty() && key.value.is_array()) {
            let error = empty.error(format!("`{key}` is empty")).help("add a schema or remove the key");
            checker.push(Problem::remove(error, empty.pointer, "this key is ignored"));
        }
        inner.extend(parts);
    }
    inner.extend(node.get("items"));
    inner.extend(node.get("additionalProperties").filter(|others| !others.value.is_boolean()));
    inner.iter().try_for_each(|inner| walk(inner, checker, depth + 1))
}

/// Checks a schema, but not its inner schemas.
fn shallow(node: &Node<'_>, checker: &mut Checker) {
    let kind = checker.keyword(node, "type", node.text_of("type"));
    if let (Some(text), Some(kind)) = (kind.filter(|kind| !TYPES.contains(kind)), node.get("type")) {
        unknown_type(node, &kind, text, checker);
    }
    if kind == Some("array") && node.get("items").is_none() {
        let error = node.error("the array has no `items`").help("add `items` with a schema for the items");
        checker.push(Problem::untyped(error, child(&node.pointer, "items")));
    }
    checker.texts(node, &["format", "description", "x-rust-name", "x-rust-field", RUST_TYPE]);
    if let Some(rust_type) = node.get(RUST_TYPE).filter(|it| it.value.is_string()) {
        let is_scalar = ["properties", "items", "allOf"].iter().all(|key| node.get(key).is_none())
            && kind.is_none_or(|kind| !["object", "array"].contains(&kind));
        if rust_type.value != "String" || !is_scalar {
            let error =
                rust_type.error(format!("`{RUST_TYPE}` applies only to scalars, and its only value is `String`"));
            let error = error.help("remove this key");
            checker.push(Problem::remove(error, rust_type.pointer, "this key is ignored"));
        }
    }
    misplaced(node, kind.filter(|kind| TYPES.contains(kind)), checker);
    // The exclusive bounds are booleans in OpenAPI 3.0, but numbers in OpenAPI 3.1.
    checker.flags(node, &["nullable", "deprecated", "x-empty-is-null", "exclusiveMinimum", "exclusiveMaximum"]);
    enumeration(node, checker);
    for key in ["required", "x-extensible-enum"] {
        // A boolean `required` in a property is ignored here, because the check of the enclosing object reports it.
        let is_property = node.pointer.rsplit('/').nth(1) == Some("properties");
        if is_property && node.get(key).is_some_and(|value| value.value.is_boolean()) {
            continue;
        }
        let items = node.items_of(key).and_then(|items| items.iter().try_for_each(|item| item.text().map(drop)));
        checker.keyword(node, key, items);
    }
    let known = values(node).unwrap_or_default();
    for (value, text) in checker.keyword(node, "x-enumDescriptions", node.entries_of("x-enumDescriptions")) {
        checker.keyword(node, "x-enumDescriptions", text.text().map(drop));
        if !known.iter().any(|known| known == value) {
            let error = text.error(format!("`{value}` is not a value of the enum"));
            let error = error.help("add the value to the enum, or remove its description");
            checker.push(Problem::remove(error, text.pointer, "this description is ignored"));
        }
    }
    if let Some(discriminator) = node.get("discriminator") {
        let tag = discriminator.need("propertyName").and_then(|tag| tag.text().map(drop));
        checker.keyword(node, "discriminator", tag);
        let mapping = discriminator.entries_of("mapping");
        let mapping = mapping.and_then(|mapping| mapping.iter().try_for_each(|(_, target)| target.text().map(drop)));
        checker.keyword(&discriminator, "mapping", mapping);
    }
}

/// Reports inner schemas that contradict the type of a schema, such as `items` in an object.
fn misplaced(node: &Node<'_>, kind: Option<&str>, checker: &mut Checker) {
    let keys: &[&str] = match kind {
        None => &[],
        Some("object") => &["items"],
        Some("array") => &["properties", "additionalProperties"],
        Some(_) => &["properties", "items", "additionalProperties"],
    };
    for key in keys {
        let inner = node.get(key).filter(|inner| inner.value.as_object().is_some_and(|entries| !entries.is_empty()));
        if let (Some(inner), Some(kind)) = (inner, kind) {
            let error = inner.error(format!("`{key}` does not apply to a value of type `{kind}`"));
            let error = error.help(format!("correct the `type`, or remove `{key}`"));
            checker.push(Problem::remove(error, inner.pointer, &format!("this `{key}` is ignored")));
        }
    }
}

/// Replaces a type name from Ruby on Rails, Swagger 2 or a programming language with the corresponding OpenAPI type. Ignores any
/// other unknown name.
fn unknown_type(node: &Node<'_>, kind: &Node<'_>, text: &str, checker: &mut Checker) {
    let (known, format) = match text.to_ascii_lowercase().as_str() {
        "decimal" | "double" | "float" => (Some("number"), None),
        "int" | "int32" | "int64" | "long" | "bigint" => (Some("integer"), None),
        "bool" => (Some("boolean"), None),
        "text" | "uuid" => (Some("string"), None),
        "date" => (Some("string"), Some("date")),
        "datetime" | "date-time" | "timestamp" => (Some("string"), Some("date-time")),
        "file" => (Some("string"), Some("binary")),
        "hash" => (Some("object"), None),
        text => (TYPES.iter().find(|known| **known == text).copied(), None),
    };
    let error = kind.error(format!("`{text}` is not a type in OpenAPI 3.0"));
    let error = error.help(format!("use one of {}", TYPES.join(", ")));
    let Some(known) = known else {
        return checker.push(Problem::remove(error, &kind.pointer, "this `type` is ignored"));
    };
    let format_note = format.map(|format| format!(" with the format `{format}`")).unwrap_or_default();
    let consequence = format!("the type is read as `{known}`{format_note}");
    checker.push(Problem::replace(error.clone(), &kind.pointer, known.into(), &consequence));
    if let (Some(format), None) = (format, node.get("format")) {
        checker.push(Problem::replace(error, child(&node.pointer, "format"), format.into(), &consequence));
    }
}

/// Moves `required: true` from properties to the `required` list of the object.
fn required_properties(node: &Node<'_>, properties: &[(&str, Node<'_>)], checker: &mut Checker) {
    let flags = properties.iter().filter_map(|(key, property)| {
        let flag = property.get("required")?;
        flag.value.as_bool().map(|required| (*key, flag, required))
    });
    let (mut names, mut moved) = (required(node).unwrap_or_default(), None);
    for (key, flag, is_required) in flags {
        let error = flag.error("`required` is not a flag of a property in OpenAPI");
        let error = error.help("list the required properties in the `required` array of the object");
        if is_required {
            names.push(key);
            moved = Some(error.clone());
        }
        checker.push(Problem::remove(
            error,
            flag.pointer,
            &format!("the flag is read as `required: {is_required}` for `{key}`"),
        ));
    }
    if let Some(error) = moved {
        checker.push(Problem::replace(
            error,
            child(&node.pointer, "required"),
            names.into(),
            "the properties are required",
        ));
    }
}

/// Checks that an enum has values, and that all values have the type of the schema.
fn enumeration(node: &Node<'_>, checker: &mut Checker) {
    if let Some((list, values)) = node.get("enum").and_then(|list| Some((list.clone(), list.value.as_object()?))) {
        let error = list.error("`enum` is an object, not an array").help("write the values as an array");
        let keys = values.keys().cloned().collect();
        return checker.push(Problem::replace(
            error,
            list.pointer,
            keys,
            "the keys of the object are used as the values",
        ));
    }
    let items = checker.keyword(node, "enum", node.items_of("enum"));
    let Some(list) = node.get("enum").filter(|list| list.value.is_array()) else { return };
    if items.is_empty() {
        let error = list.error("`enum` is empty").help("add its values or remove it");
        return checker.push(Problem::remove(error, list.pointer, "this `enum` is ignored"));
    }
    let fits = |item: &Node<'_>| match node.text_of("type") {
        Ok(Some("string")) => item.value.is_string(),
        Ok(Some("integer" | "number")) => item.value.is_number(),
        Ok(Some("boolean")) => item.value.is_boolean(),
        _ => !item.value.is_object() && !item.value.is_array(),
    };
    if let Some(other) = items.iter().find(|item| !item.value.is_null() && !fits(item)) {
        let error = other.error("the enum value does not have the `type` of the schema");
        let error = error.help("use a value of that type, or quote the value if it should be a string");
        checker.push(Problem::untyped(error, &node.pointer));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::openapi::problem::Part;

    fn problems(schema: &Value) -> Vec<Problem> {
        let mut checker = Checker::default();
        validate(&Node::root(schema), &mut checker).unwrap();
        checker.problems
    }

    #[test]
    fn wrong_types_are_located() {
        for (schema, complaint, pointer) in [
            (json!([]), "expected an object, found an array", ""),
            (json!({"type": ["string", "null"]}), "expected a string, found an array", "/type"),
            (json!({"type": "strnig"}), "`strnig` is not a type", "/type"),
            (json!({"type": "array"}), "has no `items`", ""),
            (json!({"properties": {"a": true}}), "expected an object, found `true`", "/properties/a"),
            (json!({"required": "a"}), "expected an array, found a string", "/required"),
            (json!({"required": [1]}), "expected a string, found the number 1", "/required/0"),
            (json!({"enum": {}}), "`enum` is an object", "/enum"),
            (json!({"enum": ["a"], "x-enumDescriptions": {"a": 1}}), "expected a string", "/x-enumDescriptions/a"),
            (json!({"enum": ["a"], "x-enumDescriptions": {"b": "B."}}), "not a value", "/x-enumDescriptions/b"),
            (json!({"allOf": []}), "`allOf` is empty", "/allOf"),
            (json!({"nullable": "yes"}), "expected true or false, found a string", "/nullable"),
            (json!({"description": null}), "expected a string, found null", "/description"),
        ] {
            let problem = problems(&schema).remove(0).warning;
            assert!(problem.message.contains(complaint), "{problem}");
            assert_eq!(problem.pointer.as_deref(), Some(pointer));
        }
    }

    #[test]
    fn reads_type_names_of_other_tools() {
        for (name, kind, format) in [
            ("decimal", "number", None),
            ("Int", "integer", None),
            ("datetime", "string", Some("date-time")),
            ("file", "string", Some("binary")),
        ] {
            let problems = problems(&json!({"type": name}));
            let parts: Vec<_> =
                problems.iter().map(|it| (it.part.pointer.as_str(), it.part.replacement.clone())).collect();
            let mut expected = vec![("/type", Some(json!(kind)))];
            expected.extend(format.map(|format| ("/format", Some(json!(format)))));
            assert_eq!(parts, expected, "{name}");
        }
        let any = problems(&json!({"type": "any"})).remove(0).part;
        assert_eq!(any, Part { pointer: "/type".to_owned(), replacement: None });
    }

    #[test]
    fn rejects_schemas_that_nest_too_deeply() {
        let mut schema = json!({"type": "string"});
        for _ in 0..100 {
            schema = json!({"type": "array", "items": schema});
        }
        let problem = problems(&schema).remove(0);
        assert!(problem.warning.message.contains("are nested more than"));
        assert_eq!(problem.part.pointer, "/items".repeat(65));
    }
}
