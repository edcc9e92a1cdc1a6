//! Rewrites an OpenAPI 3.1 or 3.2 document as OpenAPI 3.0.
//!
//! A 3.2 document is first rewritten as 3.1. Most 3.1 keywords have an equivalent in 3.0. Keywords without an equivalent are left
//! out with a diagnostic. If a 3.0 document contains schemas with 3.1 keywords, these schemas are rewritten too.
//!
//! ```
//! let mut document = codegen::load("v2.yaml", b"openapi: 3.1.0\ncomponents: {schemas: {Note: {type: [string, 'null']}}}\npaths: {}\n")?;
//! codegen::downgrade(&mut document, codegen::DocumentKind::Api)?;
//! let note = &document.value["components"]["schemas"]["Note"];
//! assert_eq!(*note, serde_json::json!({"type": "string", "nullable": true}));
//! # Ok::<(), codegen::Diagnostic>(())
//! ```

mod openapi_3_2;
mod schema;

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

pub(crate) use self::schema::wrap_siblings;
use self::schema::{null_branches, schema, unknown_dialect, uses_newer_keywords};
use crate::describe::DocumentKind;
use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::{METHODS, component_around, references, walk_schemas};
use crate::source::document::{Document, child};
use crate::source::limits;
use crate::{Diagnostic, Result};

type JsonObject = Map<String, Value>;

/// Turns an OpenAPI 3.1 or 3.2 document of the given kind into an OpenAPI 3.0 document. Returns a diagnostic for each keyword or section that is left
/// out.
///
/// # Errors
///
/// Returns an error if the references to path items or media types expand to too many values.
pub fn downgrade(document: &mut Document, kind: DocumentKind) -> Result<Vec<Diagnostic>> {
    let version = document.value.get("openapi").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (is_newer, is_old) = (version.starts_with("3.1.") || version.starts_with("3.2."), version.starts_with("3.0."));
    if !is_newer && !is_old {
        return Ok(Vec::new());
    }
    let mut left_out = Vec::new();
    if version.starts_with("3.2.") {
        left_out = openapi_3_2::convert(&mut document.value).map_err(|error| document.locate(error))?;
    }
    if is_newer {
        left_out.extend(select(document, kind));
        left_out.extend(convert(&mut document.value).map_err(|error| document.locate(error))?);
    }
    let (mut newer, mut first) = (0, None);
    walk_schemas(&mut document.value, &mut |pointer, value| {
        if is_newer || uses_newer_keywords(value) {
            newer += 1;
            first.get_or_insert_with(|| pointer.to_owned());
            schema(pointer, value, &mut left_out);
        } else if let Some(value) = value.as_object_mut() {
            null_branches(value);
        }
    });
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
        left_out.extend(metadata(root));
    }
    left_out.extend(path_items(document)?);
    Ok(left_out)
}

/// Selects the requests that the document of the given kind describes: those under `paths`, or those under `webhooks` if there are
/// any. Removes the others, with the components that only they use, and returns a note if there were any.
fn select(document: &mut Document, kind: DocumentKind) -> Option<Diagnostic> {
    let root = document.value.as_object_mut()?;
    let webhooks = root.shift_remove("webhooks");
    let paths = root.entry("paths").or_insert_with(|| json!({}));
    let webhooks = webhooks.filter(|items| items.as_object().is_some_and(|items| !items.is_empty()))?;
    let (removed, note) = match kind {
        DocumentKind::Api => {
            let note = Diagnostic::left_out("`webhooks` is left out: it describes requests that the server sends");
            let note = note.at("/webhooks").help("describe these requests under `paths` in the webhooks document");
            (webhooks, note)
        }
        DocumentKind::Webhooks => {
            let items = webhooks.as_object().into_iter().flatten();
            let items: JsonObject = items.map(|(name, item)| (format!("/{name}"), item.clone())).collect();
            let note = Diagnostic::left_out("`paths` is left out: it describes requests that the server receives");
            (std::mem::replace(paths, items.into()), note.at("/paths").help("generate the client from this document"))
        }
    };
    drop_components_of(&removed, &mut document.value);
    if kind == DocumentKind::Webhooks {
        let moved = |pointer: &String| Some(format!("/paths/~1{}", pointer.strip_prefix("/webhooks/")?));
        let moved = document.spans.iter().filter_map(|(pointer, span)| Some((moved(pointer)?, *span)));
        let others = document.spans.iter().filter(|(pointer, _)| !pointer.starts_with("/paths/"));
        document.spans = Arc::new(others.map(|(pointer, span)| (pointer.clone(), *span)).chain(moved).collect());
    }
    let is_empty = removed.as_object().is_none_or(JsonObject::is_empty);
    (!is_empty).then_some(note)
}

/// Removes the components that a removed part of the document refers to, directly or through other components, and that nothing
/// else refers to.
fn drop_components_of(removed: &Value, document: &mut Value) {
    let rest = document.as_object().into_iter().flatten().filter(|(key, _)| *key != "components");
    let needed = reached(rest.map(|(_, value)| value), document);
    let unneeded: HashSet<_> = reached([removed], document).difference(&needed).cloned().collect();
    let sections = document.get_mut("components").and_then(Value::as_object_mut).into_iter().flatten();
    for (section, components) in sections {
        if let Some(components) = components.as_object_mut() {
            let place = child("/components", section);
            components.retain(|name, _| !unneeded.contains(&child(&place, name)));
        }
    }
}

/// Returns the pointers to the components that some values refer to, directly or through other components.
fn reached<'v>(values: impl IntoIterator<Item = &'v Value>, document: &Value) -> HashSet<String> {
    let (mut found, mut waiting) = (HashSet::new(), Vec::new());
    values.into_iter().for_each(|value| references(value, &mut waiting));
    while let Some(pointer) = waiting.pop() {
        // A reference can point into a component.
        let component = component_around(&pointer);
        if let (Some(target), true) = (document.pointer(component), component.starts_with("/components/"))
            && found.insert(component.to_owned())
        {
            references(target, &mut waiting);
        }
    }
    found
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

/// Returns the path item in `named` to which `item` refers, directly or through other references. Returns `None` if `item` is not
/// such a reference, or if a `$ref` has a sibling that is not in `SIBLINGS`. `validate` reports such siblings.
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

#[cfg(test)]
mod tests;
