//! Writes the OpenAPI 3.1 edition: one document with the API under `paths` and the webhooks under `webhooks`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::named::{change_references, new_pointer};
use super::nulls::is_annotation;
use crate::model::names::{self, Names};
use crate::openapi::walk::{METHODS, component_around, references, walk_schemas};
use crate::source::document::{child, unescape};

type JsonObject = Map<String, Value>;

/// Returns the OpenAPI 3.1 edition: the OpenAPI 3.0 editions of the API and of the webhooks in one document. `kinds` contains the
/// kind of each webhook, by path.
#[must_use]
pub fn openapi_3_1(mut api: Value, mut webhooks: Value, kinds: &BTreeMap<String, String>) -> Value {
    api["openapi"] = "3.1.0".into();
    merge_components(&mut api, &mut webhooks, kinds);
    merge_information(&mut api, &webhooks);
    // The API key authorizes calls of the API, but not webhooks.
    let security = webhooks.get("security").cloned().unwrap_or_else(|| json!([]));
    let mut items = Map::new();
    if let Value::Object(paths) = webhooks["paths"].take() {
        for (path, mut item) in paths {
            for method in METHODS {
                if let Some(Value::Object(operation)) = item.get_mut(method) {
                    operation.entry("security").or_insert_with(|| security.clone());
                }
            }
            items.insert(kinds.get(&path).cloned().unwrap_or(path), item);
        }
    }
    api["webhooks"] = items.into();
    let mut moved = HashMap::new();
    walk_schemas(&mut api, &mut |pointer, schema| {
        if let Some(schema) = schema.as_object_mut() {
            upgrade(schema);
            if move_reference(schema) {
                moved.insert(format!("{pointer}/allOf/0"), pointer.to_owned());
            }
        }
    });
    change_references(&mut api, &|pointer| new_pointer(pointer, |place| moved.get(place).cloned()));
    api
}

/// Moves the components of the webhooks to the components of the API. If a component of the API has the same name but differs, the
/// component of the webhooks gets another name.
fn merge_components(api: &mut Value, webhooks: &mut Value, kinds: &BTreeMap<String, String>) {
    let sections =
        |document: &Value| document.get("components").and_then(Value::as_object).cloned().unwrap_or_default();
    let (known, differing) = (sections(api), differing(api, webhooks));
    let mut renamed: HashMap<String, String> = HashMap::new();
    for (section, components) in sections(webhooks) {
        let known = known.get(&section).and_then(Value::as_object).into_iter().flatten();
        let taken: BTreeSet<_> =
            known.chain(components.as_object().into_iter().flatten()).map(|(name, _)| name).collect();
        let mut names = Names::plain();
        for name in taken {
            names.give(name);
        }
        for (name, _) in components.as_object().into_iter().flatten() {
            let pointer = component_pointer(&section, name);
            if differing.contains(&pointer) {
                let new = names.give(&format!("Webhook{}", names::type_name(&names::snake(name))));
                renamed.insert(pointer, new);
            }
        }
    }
    change_references(webhooks, &|pointer| {
        new_pointer(pointer, |place| {
            let (section, step) = place.rsplit_once('/')?;
            if section == "/paths" {
                let path = unescape(step);
                return Some(child("/webhooks", kinds.get(&path).unwrap_or(&path)));
            }
            Some(format!("{section}/{}", renamed.get(place)?))
        })
    });
    let Value::Object(merged) = &mut api["components"] else { return };
    for (section, components) in sections(webhooks) {
        let target = merged.entry(section.clone()).or_insert_with(|| json!({}));
        let Value::Object(components) = components else { continue };
        if !target.is_object() {
            *target = json!({});
        }
        for (name, mut component) in components {
            let new = renamed.get(&component_pointer(&section, &name));
            let is_type =
                ["properties", "enum", "x-extensible-enum", "oneOf"].iter().any(|key| component.get(key).is_some());
            if let (Some(_), true, Some(component)) = (new, section == "schemas" && is_type, component.as_object_mut())
            {
                component.entry("x-rust-name").or_insert_with(|| name.clone().into());
            }
            let Some(target) = target.as_object_mut() else { continue };
            match new {
                Some(new) => drop(target.insert(new.clone(), component)),
                None => drop(target.entry(name).or_insert(component)),
            }
        }
    }
}

/// Returns the pointers to the components of the webhooks for which the API has another component with the same name. Two components
/// are different if they refer to different components.
fn differing(api: &Value, webhooks: &Value) -> BTreeSet<String> {
    let (mut found, mut equal) = (BTreeSet::new(), Vec::new());
    let sections = webhooks.get("components").and_then(Value::as_object).into_iter().flatten();
    // Security requirements contain the names of security schemes.
    for (section, components) in sections.filter(|(key, _)| *key != "securitySchemes" && !key.starts_with("x-")) {
        for (name, component) in components.as_object().into_iter().flatten() {
            let pointer = component_pointer(section, name);
            match api.pointer(&pointer) {
                Some(known) if known != component => drop(found.insert(pointer)),
                Some(_) => {
                    let mut targets = BTreeSet::new();
                    references(component, &mut targets);
                    equal.push((pointer, targets));
                }
                None => {}
            }
        }
    }
    let is_in = |target: &str, found: &BTreeSet<String>| {
        target.starts_with("/paths/") || found.contains(component_around(target))
    };
    loop {
        let count = found.len();
        equal.retain(|(pointer, targets)| {
            let differs = targets.iter().any(|target| is_in(target, &found));
            if differs {
                found.insert(pointer.clone());
            }
            !differs
        });
        if found.len() == count {
            return found;
        }
    }
}

fn component_pointer(section: &str, name: &str) -> String {
    child(&child("/components", section), name)
}

/// Adds the tags and the description of the webhooks.
fn merge_information(api: &mut Value, webhooks: &Value) {
    if let Some(Value::Array(tags)) = webhooks.get("tags") {
        let known = api.as_object_mut().map(|root| root.entry("tags").or_insert_with(|| json!([])));
        if let Some(Value::Array(known)) = known {
            let is_new = |tag: &&Value| !known.iter().any(|other| other["name"] == tag["name"]);
            let new: Vec<_> = tags.iter().filter(is_new).cloned().collect();
            known.extend(new);
        }
    }
    if let Some(text) = webhooks["info"]["description"].as_str() {
        let own = api["info"]["description"].as_str().unwrap_or_default();
        api["info"]["description"] = format!("{own}\n\n# Webhooks\n\n{text}").trim_start().into();
    }
}

/// Rewrites one schema.
fn upgrade(schema: &mut JsonObject) {
    let is_nullable = schema.shift_remove("nullable") == Some(json!(true));
    if is_nullable && schema.get("enum") == Some(&json!([null])) {
        schema.clear();
        schema.insert("type".to_owned(), "null".into());
    } else if is_nullable && let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.take(), "null"]);
    }
    if let Some(example) = schema.get("example").cloned() {
        schema.shift_remove("example");
        schema.insert("examples".to_owned(), json!([example]));
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        match schema.get(exclusive) {
            Some(Value::Bool(true)) => {
                let value = schema.shift_remove(bound).unwrap_or_default();
                schema.insert(exclusive.to_owned(), value);
            }
            Some(Value::Bool(false)) => drop(schema.shift_remove(exclusive)),
            _ => {}
        }
    }
    for (format, keyword, value) in
        [("binary", "contentMediaType", "application/octet-stream"), ("byte", "contentEncoding", "base64")]
    {
        if schema.get("format").is_some_and(|known| known == format) {
            schema.shift_remove("format");
            schema.insert(keyword.to_owned(), value.into());
        }
    }
}

/// Moves the only reference of an `allOf` to the schema itself, because references can have siblings in OpenAPI 3.1. An `allOf` next
/// to properties is inheritance, which tools know only in this form. Returns whether the reference was moved.
fn move_reference(schema: &mut JsonObject) -> bool {
    let has_only_annotations = schema.keys().all(|key| key == "allOf" || is_annotation(key));
    let only = schema.get("allOf").and_then(Value::as_array).filter(|parts| parts.len() == 1 && has_only_annotations);
    let Some(reference) = only.and_then(|parts| parts.first()?.get("$ref")).cloned() else { return false };
    schema.shift_remove("allOf");
    schema.shift_insert(0, "$ref".to_owned(), reference);
    true
}
