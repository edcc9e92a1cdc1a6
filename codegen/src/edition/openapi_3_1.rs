//! Writes the OpenAPI 3.1 edition: one document with the API under `paths` and the webhooks under `webhooks`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Map, Value, json};

use super::named::{change_references, new_pointer};
use super::nulls::is_annotation;
use crate::model::names;
use crate::openapi::walk::{METHODS, references, walk_schemas};
use crate::source::document::{child, unescape};

type JsonObject = Map<String, Value>;

/// Returns the OpenAPI 3.1 edition: the OpenAPI 3.0 editions of the API and of the webhooks in one document. `kinds` contains the
/// kind of each webhook, by path.
#[must_use]
pub fn openapi_3_1(mut api: Value, mut webhooks: Value, kinds: &BTreeMap<String, String>) -> Value {
    api["openapi"] = "3.1.0".into();
    rename_components(&api, &mut webhooks, kinds);
    merge_components(&mut api, webhooks["components"].take());
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
    walk_schemas(&mut api, &mut |_, schema| {
        if let Some(schema) = schema.as_object_mut() {
            upgrade(schema);
        }
    });
    api
}

/// Gives another name to each component of the webhooks that differs from the component of the API with the same name, or that
/// refers to such a component.
fn rename_components(api: &Value, webhooks: &mut Value, kinds: &BTreeMap<String, String>) {
    let all = |document: &Value| -> BTreeMap<String, Value> {
        let sections = document.get("components").and_then(Value::as_object).into_iter().flatten();
        let named = |(section, components): (&String, &Value)| {
            let components = components.as_object().into_iter().flatten();
            let prefix = child("/components", section);
            components.map(|(name, it)| (child(&prefix, name), it.clone())).collect::<Vec<_>>()
        };
        // Security requirements contain the names of security schemes.
        let sections = sections.filter(|(section, _)| *section != "securitySchemes" && !section.starts_with("x-"));
        sections.flat_map(named).collect()
    };
    let (known, ours) = (all(api), all(webhooks));
    let is_in = |target: &str, components: &BTreeSet<&str>| {
        let end = target.match_indices('/').nth(3).map_or(target.len(), |(index, _)| index);
        target.starts_with("/paths/") || target.get(..end).is_some_and(|component| components.contains(component))
    };
    let mut differs: BTreeSet<&str> = BTreeSet::new();
    loop {
        let before = differs.len();
        for (pointer, component) in &ours {
            let mut inner = HashSet::new();
            references(component, &mut inner);
            let Some(other) = known.get(pointer) else { continue };
            if component != other || inner.iter().any(|inner| is_in(inner, &differs)) {
                differs.insert(pointer);
            }
        }
        if differs.len() == before {
            break;
        }
    }
    let mut renamed = BTreeMap::new();
    for pointer in differs {
        let Some((section, name)) = pointer.rsplit_once('/') else { continue };
        let name = format!("Webhook{}", names::type_name(&names::snake(name)));
        let free = |name: &String| {
            let new = child(section, name);
            !known.contains_key(&new) && !ours.contains_key(&new)
        };
        let numbered = (2..).map(|number| format!("{name}{number}"));
        if let Some(new) = std::iter::once(name.clone()).chain(numbered).find(free) {
            renamed.insert(pointer.to_owned(), child(section, &new));
        }
    }
    change_references(webhooks, &|pointer| {
        new_pointer(pointer, |place| match place.rsplit_once('/')? {
            ("/paths", path) => {
                let path = unescape(path);
                Some(child("/webhooks", kinds.get(&path).unwrap_or(&path)))
            }
            _ => renamed.get(place).cloned(),
        })
    });
    for (old, new) in &renamed {
        let (Some((section, old)), Some((_, new))) = (old.rsplit_once('/'), new.rsplit_once('/')) else { continue };
        let Some(components) = webhooks.pointer_mut(section).and_then(Value::as_object_mut) else { continue };
        let Some(mut component) = components.shift_remove(&unescape(old)) else { continue };
        let is_type =
            ["properties", "enum", "x-extensible-enum", "oneOf"].iter().any(|key| component.get(key).is_some());
        if let (true, Some(component)) = (is_type, component.as_object_mut()) {
            component.entry("x-rust-name").or_insert_with(|| old.into());
        }
        components.insert(new.to_owned(), component);
    }
}

/// Adds the components of the webhooks that the API doesn't have.
fn merge_components(api: &mut Value, components: Value) {
    let (Value::Object(sections), Value::Object(merged)) = (components, &mut api["components"]) else { return };
    for (section, components) in sections {
        let target = merged.entry(section).or_insert_with(|| json!({}));
        if !target.is_object() && components.is_object() {
            *target = json!({});
        }
        if let (Some(target), Value::Object(components)) = (target.as_object_mut(), components) {
            for (name, component) in components {
                target.entry(name).or_insert(component);
            }
        }
    }
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
    // In OpenAPI 3.1, a reference can have siblings. An `allOf` next to properties is inheritance, which tools know only in this form.
    let has_only_annotations = schema.keys().all(|key| key == "allOf" || is_annotation(key));
    let only = schema.get("allOf").and_then(Value::as_array).filter(|parts| parts.len() == 1 && has_only_annotations);
    if let Some(reference) = only.and_then(|parts| parts.first()?.get("$ref")).cloned() {
        schema.shift_remove("allOf");
        schema.shift_insert(0, "$ref".to_owned(), reference);
    }
}
