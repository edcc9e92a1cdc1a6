//! Mends the classes of defects that the vendor's documents have, one row each.
//!
//! A row states its reason and must apply: one that changes nothing any more is reported as stale, so that it goes once the
//! vendor has mended its document. What is wrong in one single place is the overlay's to correct, not a row's.

use std::collections::BTreeSet;
use std::panic::Location;

use serde_json::{Map, Value, json};

use crate::describe::downgrade::siblings;
use crate::describe::request_data::components;
use crate::describe::text_format::Format;
use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::{METHODS, walk, walk_schemas};
use crate::source::document::{Document, child};
use crate::{Diagnostic, Result};

/// What one row did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The name of the row.
    pub id: &'static str,
    /// Why the row is there.
    pub why: &'static str,
    /// The line of this file on which the row stands.
    pub line: usize,
    /// The pointers of the places that it changed.
    pub places: Vec<String>,
}

/// One repair.
struct Row {
    id: &'static str,
    why: &'static str,
    apply: Apply,
    line: u32,
}

type Apply = fn(&mut Value, &Document) -> Result<Vec<String>>;

/// A row, which knows where it stands.
#[track_caller]
const fn row(id: &'static str, why: &'static str, apply: Apply) -> Row {
    Row { id, why, apply, line: Location::caller().line() }
}

/// The repairs, in the order in which they run.
const ROWS: [Row; 9] = [
    row("null-description", "a description must be a string; strict parsers reject null", null_description),
    row(
        "external-reference",
        "`../schemas.yaml` was never published; `spec/schemas.yaml` stands in for it",
        external_reference,
    ),
    row(
        "reference-without-slash",
        "`#components/…` lacks the leading slash of a JSON pointer",
        reference_without_slash,
    ),
    row(
        "reference-with-siblings",
        "OpenAPI 3.0 ignores siblings of `$ref`, and parsers treat them differently",
        reference_with_siblings,
    ),
    row(
        "collection-format",
        "`collectionFormat` belongs to Swagger 2; OpenAPI 3 has `style` and `explode`",
        collection_format,
    ),
    row("array-without-items", "an array must declare its items; in a query they are strings", array_without_items),
    row(
        "array-parameter-without-brackets",
        "the server keeps only the last of repeated keys unless the name ends in `[]`",
        array_parameter_without_brackets,
    ),
    row(
        "properties-without-type",
        "a schema with properties is an object and must declare that type",
        properties_without_type,
    ),
    row(
        "request-body-not-required",
        "a body whose schema requires fields can't be optional",
        request_body_not_required,
    ),
];

/// The rows that mend samples; they run with the others, and need the schema beside the sample.
const SAMPLE_ROWS: [Row; 2] = [
    row("sample-of-wrong-type", "an example of a string is a number", sample_of_wrong_type),
    row(
        "sample-date-not-iso",
        "an example of `format: date` is month/day/year instead of year-month-day",
        sample_date_not_iso,
    ),
];

/// Mends the document; `shared` stands in for the file of shared schemas.
///
/// # Errors
///
/// If an external reference names a schema that the stand-in lacks, or another file.
pub fn repair(document: &mut Document, shared: &Document) -> Result<Vec<Repaired>> {
    let mut repaired = Vec::new();
    for row in ROWS.iter().chain(&SAMPLE_ROWS) {
        let places = (row.apply)(&mut document.value, shared).map_err(|error| document.locate(error))?;
        repaired.push(Repaired { id: row.id, why: row.why, line: row.line as usize, places });
    }
    Ok(repaired)
}

/// Walks the document and collects the places at which `change` did something.
fn each(document: &mut Value, mut change: impl FnMut(&str, &mut Map<String, Value>) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    walk(document, &mut |pointer, object| {
        if change(pointer, object) {
            places.push(pointer.to_owned());
        }
    });
    places
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn null_description(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |_, object| match object.get_mut("description") {
        Some(description @ Value::Null) => {
            *description = Value::String(String::new());
            true
        }
        _ => false,
    }))
}

fn external_reference(document: &mut Value, shared: &Document) -> Result<Vec<String>> {
    let mut wanted: Vec<String> = Vec::new();
    let mut failure = None;
    let places = each(document, |pointer, object| {
        let Some(target) = text(object, "$ref").filter(|target| !target.starts_with('#')) else { return false };
        let (file, name) = target.split_once("#/").unwrap_or((target, ""));
        if !file.ends_with("schemas.yaml") || shared.value.get(name).is_none() {
            let help = match name {
                "" => "name a schema: the file, `#/` and the name".to_owned(),
                name => format!("add `{name}` to {}, or correct the reference", shared.name),
            };
            let message = format!("`{target}` leads to no schema that is known");
            failure.get_or_insert_with(|| Diagnostic::error(message).at(child(pointer, "$ref")).help(help));
            return false;
        }
        let name = name.to_owned();
        object.insert("$ref".to_owned(), format!("#/components/schemas/{name}").into());
        wanted.push(name);
        true
    });
    if let Some(failure) = failure {
        return Err(failure);
    }
    if wanted.is_empty() {
        return Ok(places);
    }
    let Some(schemas) = components(document) else {
        return Err(Diagnostic::error("`components` or its `schemas` is not a map")
            .at("/components")
            .help("make both maps of keys and values"));
    };
    for name in wanted {
        if let (false, Some(schema)) = (schemas.contains_key(&name), shared.value.get(&name)) {
            schemas.insert(name, schema.clone());
        }
    }
    Ok(places)
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn reference_without_slash(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |_, object| {
        let target = text(object, "$ref").and_then(|target| target.strip_prefix("#components/"));
        let Some(target) = target.map(|rest| format!("#/components/{rest}")) else { return false };
        object.insert("$ref".to_owned(), target.into());
        true
    }))
}

fn reference_with_siblings(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    let mut places = Vec::new();
    walk_schemas(document, &mut |pointer, schema| {
        if schema.as_object_mut().is_some_and(siblings) {
            places.push(pointer.to_owned());
        }
        Ok(())
    })?;
    let mut failure = None;
    // Elsewhere they are words, or repeat what is referred to: nothing is lost without them, unless they are calls.
    places.extend(each(document, |pointer, object| {
        if object.len() < 2 || text(object, "$ref").is_none() {
            return false;
        }
        if let Some(key) = object.keys().find(|key| *key == "parameters" || METHODS.contains(&key.as_str())) {
            let message = format!("`{key}` stands beside a `$ref`, and OpenAPI doesn't say which of the two counts");
            let help = "write the path item out, or leave only the reference";
            failure.get_or_insert_with(|| Diagnostic::error(message).at(child(pointer, key)).help(help));
        }
        object.retain(|key, _| key == "$ref");
        true
    }));
    failure.map_or(Ok(places), Err)
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn collection_format(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |_, object| {
        if !object.contains_key("in") {
            return false;
        }
        let Some(format) = object.shift_remove("collectionFormat") else { return false };
        object.insert("style".to_owned(), "form".into());
        object.insert("explode".to_owned(), (format == "multi").into());
        true
    }))
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn array_without_items(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |pointer, object| {
        if text(object, "type") != Some("array") || object.contains_key("items") {
            return false;
        }
        let items = if pointer.contains("/parameters/") { json!({"type": "string"}) } else { json!({}) };
        object.insert("items".to_owned(), items);
        true
    }))
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn array_parameter_without_brackets(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    let mut targets = BTreeSet::new();
    walk(document, &mut |_, object| targets.extend(object.get("schema").and_then(frame).map(str::to_owned)));
    targets.retain(|target| leads_to_array(document, target));
    Ok(each(document, |_, object| {
        let array = object.get("schema").is_some_and(|schema| {
            schema.get("type").is_some_and(|kind| kind == "array")
                || frame(schema).is_some_and(|target| targets.contains(target))
        });
        let exploded = object.get("explode") != Some(&Value::Bool(false));
        let name = text(object, "name").filter(|name| !name.ends_with("[]")).map(|name| format!("{name}[]"));
        match name {
            Some(name) if array && exploded && text(object, "in") == Some("query") => {
                object.insert("name".to_owned(), name.into());
                true
            }
            _ => false,
        }
    }))
}

/// What a schema refers to, alone or with words around the reference.
fn frame(schema: &Value) -> Option<&str> {
    schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?.as_str()
}

fn leads_to_array(document: &Value, target: &str) -> bool {
    let mut target = target;
    for _ in 0..DEEPEST {
        let Some(schema) = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)) else { return false };
        match frame(schema) {
            Some(next) => target = next,
            None => return schema.get("type").is_some_and(|kind| kind == "array"),
        }
    }
    false
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn properties_without_type(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |_, object| {
        let lacks = object.get("properties").is_some_and(Value::is_object) && !object.contains_key("type");
        if lacks {
            object.shift_insert(0, "type".to_owned(), "object".into());
        }
        lacks
    }))
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn request_body_not_required(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each(document, |_, object| match object.get_mut("requestBody") {
        Some(Value::Object(body)) if body.contains_key("content") && !body.contains_key("required") => {
            body.insert("required".to_owned(), true.into());
            true
        }
        _ => false,
    }))
}

/// Runs over every sample beside a schema: of a parameter or media type, and of the schema itself.
fn each_sample(document: &mut Value, mend: fn(&Map<String, Value>, &Value) -> Option<Value>) -> Vec<String> {
    let mut places = Vec::new();
    walk(document, &mut |pointer, object| {
        if !object.contains_key("example") && !object.contains_key("examples") {
            return;
        }
        let schema = object.get("schema").and_then(Value::as_object).unwrap_or(object).clone();
        if let Some(sample) = object.get_mut("example")
            && let Some(mended) = mend(&schema, sample)
        {
            *sample = mended;
            places.push(child(pointer, "example"));
        }
        for (name, sample) in object.get_mut("examples").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(value) = sample.get_mut("value")
                && let Some(mended) = mend(&schema, value)
            {
                *value = mended;
                places.push(child(&child(pointer, "examples"), name));
            }
        }
    });
    places
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn sample_of_wrong_type(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each_sample(document, |schema, sample| match sample {
        Value::Number(number) if text(schema, "type") == Some("string") => Some(number.to_string().into()),
        _ => None,
    }))
}

#[allow(clippy::unnecessary_wraps, reason = "the rows share one signature")]
fn sample_date_not_iso(document: &mut Value, _: &Document) -> Result<Vec<String>> {
    Ok(each_sample(document, |schema, sample| {
        if text(schema, "format") != Some("date") {
            return None;
        }
        let parts: Vec<&str> = sample.as_str()?.split('/').collect();
        let [month, day, year] = parts.as_slice() else { return None };
        let iso = format!("{year}-{month:0>2}-{day:0>2}");
        (Format::of(&iso) == Format::Date).then(|| iso.into())
    }))
}
