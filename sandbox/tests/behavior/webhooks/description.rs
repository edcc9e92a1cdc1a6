//! Compares payloads with the description of the webhooks.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_yaml::from_str(include_str!("../../../spec/webhooks.yaml")).expect("the description is YAML")
});

/// Returns the schemas of the fields of each webhook.
fn webhooks() -> impl Iterator<Item = Value> {
    let paths = DOCUMENT["paths"].as_object().expect("the description has paths").values();
    let schemas = paths.map(|path| &path["post"]["requestBody"]["content"]["application/json"]["schema"]);
    schemas.map(|schema| merged(schema).0["properties"].take())
}

fn type_of(webhook: &Value) -> String {
    let (schema, _) = merged(&webhook["type"]);
    schema["enum"][0].as_str().expect("the webhook has a type").to_owned()
}

/// Returns the types of all webhooks.
pub(super) fn types() -> BTreeSet<String> {
    webhooks().map(|webhook| type_of(&webhook)).collect()
}

/// Returns the differences between a payload and its schema: wrong types, and missing and undeclared members.
pub(super) fn differences(kind: &str, payload: &Value) -> Vec<String> {
    let webhook = webhooks().find(|webhook| type_of(webhook) == kind).expect("the webhook is described");
    let mut differences = Vec::new();
    compare(&webhook["payload"], payload, kind, &mut differences);
    differences
}

/// Collects the differences between a value and its schema.
fn compare(schema: &Value, value: &Value, place: &str, differences: &mut Vec<String>) {
    let (schema, is_nullable) = merged(schema);
    // An empty object means that there is no coupon.
    if place.ends_with(".coupon") && *value == json!({}) {
        return;
    }
    if value.is_null() {
        if !is_nullable {
            differences.push(format!("{place} is null"));
        }
        return;
    }
    let is_valid = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    };
    if !is_valid || schema["enum"].as_array().is_some_and(|names| !names.contains(value)) {
        differences.push(format!("{place} is {value}, instead of {schema}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        compare(&schema["items"], item, &format!("{place}[{index}]"), differences);
    }
    let (Some(properties), Some(members)) = (schema["properties"].as_object(), value.as_object()) else { return };
    for (name, schema) in properties {
        let place = format!("{place}.{name}");
        match members.get(name) {
            Some(member) => compare(schema, member, &place, differences),
            // The details differ between channels, so they are not compared.
            None if place.contains(".share_info.") => {}
            None => differences.push(format!("{place} is missing")),
        }
    }
    let undeclared = members.keys().filter(|name| !properties.contains_key(*name) && !properties.is_empty());
    differences.extend(undeclared.map(|name| format!("{place}.{name} is undeclared")));
}

/// Follows references, merges the parts of an `allOf`, and selects the first branch of a `oneOf` whose second branch is null. Returns
/// the schema, and whether it allows null.
fn merged(schema: &Value) -> (Value, bool) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = DOCUMENT.pointer(reference.trim_start_matches('#')).expect("the reference is valid");
        return merged(target);
    }
    // A union of scalars is not compared.
    if let Some([value, null]) = schema["oneOf"].as_array().map(Vec::as_slice)
        && null["enum"] == json!([null])
    {
        return (merged(value).0, true);
    }
    let mut keywords = schema.as_object().cloned().unwrap_or_default();
    let mut is_nullable = keywords.get("nullable") == Some(&Value::Bool(true));
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (part, part_is_nullable) = merged(part);
        is_nullable |= part_is_nullable;
        for (name, value) in part.as_object().cloned().unwrap_or_default() {
            match (keywords.get_mut(&name).and_then(Value::as_object_mut), value) {
                (Some(known), Value::Object(more)) => known.extend(more),
                (_, value) => _ = keywords.insert(name, value),
            }
        }
    }
    (keywords.into(), is_nullable)
}
