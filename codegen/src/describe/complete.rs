//! Adds the response descriptions required by OpenAPI, and removes components that the overlay adds but nothing uses.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::openapi::walk::{references, walk};
use crate::source::document::{Document, escape};

/// Completes a description. `before` is the document before the overlay was applied.
pub fn complete(document: &mut Document, before: &Value) {
    drop_unused(&mut document.value, before);
    describe_responses(document);
}

/// Drops components that the overlay adds but nothing uses, because they might refer to components that do not exist.
fn drop_unused(document: &mut Value, before: &Value) {
    loop {
        let mut used = BTreeSet::new();
        references(document, &mut used);
        let mut dropped = false;
        let sections = document.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten();
        for (section, components) in sections.filter(|(section, _)| *section != "securitySchemes") {
            let Some(components) = components.as_object_mut() else { continue };
            let published = before.get("components").and_then(|before| before.get(section));
            let count = components.len();
            components.retain(|name, _| {
                let is_published = published.and_then(|published| published.get(name)).is_some();
                is_published || used.contains(&format!("/components/{section}/{}", escape(name)))
            });
            dropped |= components.len() < count;
        }
        // Dropping a component can make other components unused, so the search is repeated until nothing changes.
        if !dropped {
            return;
        }
    }
}

/// Adds a default description to every response that has no description.
fn describe_responses(document: &mut Document) {
    walk(&mut document.value, &mut |_, object| {
        let responses = object.get_mut("responses").and_then(Value::as_object_mut).into_iter().flatten();
        for (status, response) in responses {
            let Some(response) = response.as_object_mut().filter(|response| !response.contains_key("$ref")) else {
                continue;
            };
            if response.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
                response.shift_insert(0, "description".to_owned(), default_description(status).into());
            }
        }
    });
}

fn default_description(status: &str) -> &'static str {
    match status {
        "200" => "Success.",
        "201" => "Created.",
        "400" => "The request is invalid: an argument is wrong, or the requested record does not exist.",
        "401" => "The API key is missing or wrong.",
        "404" => "The path does not exist.",
        "422" => "The request is well-formed, but its values failed validation.",
        "429" => "Rate limited. The request was not processed.",
        _ if status.starts_with('2') => "Success.",
        _ if status.starts_with('4') => "The request failed.",
        _ if status.starts_with('5') => "The server failed to process the request.",
        _ => "Any other response.",
    }
}
