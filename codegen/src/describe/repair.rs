//! Repairs recurring defects in the vendor's documents. Each row of the `ROWS` table repairs one kind of defect.
//!
//! If a row changes nothing, a warning suggests deleting it, because the vendor has probably fixed the defect. A defect that
//! occurs only once is corrected in the overlay instead.

use std::collections::BTreeSet;
use std::panic::Location;

use serde_json::{Map, Value, json};

use crate::Diagnostic;
use crate::describe::downgrade::wrap_siblings;
use crate::describe::reconcile::references;
use crate::describe::request_data::components;
use crate::describe::text_format::Format;
use crate::openapi::schema::DEEPEST;
use crate::openapi::walk::{METHODS, holds_data, walk, walk_schemas};
use crate::source::document::{Document, child};
use crate::source::span::Span;

/// The result of one repair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The name of the repair.
    pub id: &'static str,
    /// The reason for the repair.
    pub why: &'static str,
    /// The line in this file on which the repair is declared.
    pub line: usize,
    /// JSON pointers to the changed nodes.
    pub places: Vec<String>,
}

/// One row of the repair table.
struct Row {
    id: &'static str,
    why: &'static str,
    apply: Apply,
    line: u32,
}

type JsonObject = Map<String, Value>;

/// The function that applies a repair.
enum Apply {
    /// A function called for each object with its pointer. It returns whether the object changed.
    Objects(fn(&str, &mut JsonObject) -> bool),
    /// A function called for each sample with its schema. It returns the repaired sample if the sample was wrong.
    Samples(fn(&JsonObject, &Value) -> Option<Value>),
    /// A function called once with the document and the shared schemas. It returns the pointers to the changed nodes.
    Whole(fn(&mut Value, &Document) -> Vec<String>),
}

use Apply::{Objects, Samples, Whole};

#[track_caller]
const fn row(id: &'static str, why: &'static str, apply: Apply) -> Row {
    Row { id, why, apply, line: Location::caller().line() }
}

/// The repairs, in the order in which they run.
const ROWS: [Row; 11] = [
    row("null-value", "a key without a value is null, which strict parsers reject", Objects(null_values)),
    row("external-reference", "`../schemas.yaml` is unpublished; `spec/schemas.yaml` replaces it", Whole(external)),
    row("reference-without-slash", "`#components/…` lacks the leading slash of a JSON pointer", Objects(missing_slash)),
    row("reference-with-siblings", "OpenAPI 3.0 ignores siblings of `$ref`", Whole(reference_with_siblings)),
    row("collection-format", "`collectionFormat` belongs to Swagger 2", Objects(collection_format)),
    row("array-without-items", "an array must declare its items; items in a query are strings", Objects(missing_items)),
    row(
        "array-parameter-without-brackets",
        "if the key lacks `[]`, the server keeps only the last of several values",
        Whole(brackets),
    ),
    row("properties-without-type", "a schema with properties must declare the type object", Objects(missing_type)),
    row("request-body-not-required", "a body whose schema requires fields can't be optional", Objects(optional_body)),
    row("sample-of-wrong-type", "the example of a string is a number", Samples(number_sample)),
    row("sample-date-not-iso", "the example of a date has the form month/day/year", Samples(date_sample)),
];

/// Repairs the document, and returns the result of each repair. `shared` replaces the vendor's shared schemas.
pub fn repair(document: &mut Document, shared: &Document) -> Vec<Repaired> {
    let repaired = ROWS.iter().map(|row| {
        let places = match row.apply {
            Objects(change) => each(&mut document.value, change),
            Samples(repair) => each_sample(&mut document.value, repair),
            Whole(apply) => apply(&mut document.value, shared),
        };
        Repaired { id: row.id, why: row.why, line: row.line as usize, places }
    });
    repaired.collect()
}

/// Returns a warning for each repair that changed nothing in any document.
pub(crate) fn unused_repairs<const N: usize>(documents: [&[Repaired]; N]) -> impl Iterator<Item = Diagnostic> {
    let used: BTreeSet<&str> =
        documents.into_iter().flatten().filter(|row| !row.places.is_empty()).map(|row| row.id).collect();
    let rows = documents.into_iter().next().into_iter().flatten();
    rows.filter(move |row| !used.contains(row.id)).map(|row| {
        Diagnostic::warning(format!("the repair `{}` no longer changes anything", row.id))
            .in_file("codegen/src/describe/repair.rs")
            .on(Span::line(row.line))
            .note(format!("reason for the repair: {}", row.why))
            .help("delete this row from `ROWS`")
    })
}

/// Calls `change` for every object, and returns the pointers to the changed objects.
fn each(document: &mut Value, mut change: impl FnMut(&str, &mut JsonObject) -> bool) -> Vec<String> {
    let mut places = Vec::new();
    walk(document, &mut |pointer, object| {
        if change(pointer, object) {
            places.push(pointer.to_owned());
        }
    });
    places
}

fn text<'a>(object: &'a JsonObject, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// Removes entries whose value is null. A null description becomes an empty string instead, because a response requires a
/// description.
fn null_values(_: &str, object: &mut JsonObject) -> bool {
    let empty = object.get_mut("description").filter(|description| description.is_null());
    let changed = empty.map(|description| *description = Value::String(String::new())).is_some();
    let count = object.len();
    object.retain(|key, value| !value.is_null() || holds_data(key));
    changed || object.len() < count
}

fn external(document: &mut Value, shared: &Document) -> Vec<String> {
    let mut referenced: Vec<String> = Vec::new();
    let places = each(document, |_, object| {
        let Some((file, name)) = text(object, "$ref").and_then(|target| target.split_once("#/")) else { return false };
        // References to any other file or to an unknown schema are kept, so that a later stage can report them.
        if !file.ends_with("schemas.yaml") || shared.value.get(name).is_none() {
            return false;
        }
        let name = name.to_owned();
        object.insert("$ref".to_owned(), format!("#/components/schemas/{name}").into());
        referenced.push(name);
        true
    });
    add_schemas(document, shared, referenced);
    places
}

/// Adds the shared schemas to which the overlay refers. The `external-reference` repair adds only those to which the document
/// itself refers.
pub(crate) fn add_shared(document: &mut Document, shared: &Document, overlay: &Document) {
    add_schemas(&mut document.value, shared, references(&overlay.value).into_iter().map(|(_, name)| name));
}

/// Adds the shared schemas with these names to the components, unless the document defines them.
fn add_schemas(document: &mut Value, shared: &Document, names: impl IntoIterator<Item = String>) {
    for name in names {
        // `components` creates the section if it is missing, so it is called only if there is a schema to add.
        if let Some(schema) = shared.value.get(&name)
            && let Some(schemas) = components(document)
        {
            schemas.entry(name).or_insert_with(|| schema.clone());
        }
    }
}

fn missing_slash(_: &str, object: &mut JsonObject) -> bool {
    let target = text(object, "$ref").and_then(|target| target.strip_prefix("#components/"));
    let Some(target) = target.map(|rest| format!("#/components/{rest}")) else { return false };
    object.insert("$ref".to_owned(), target.into());
    true
}

fn reference_with_siblings(document: &mut Value, _: &Document) -> Vec<String> {
    let mut places = Vec::new();
    walk_schemas(document, &mut |pointer, schema| {
        if schema.as_object_mut().is_some_and(wrap_siblings) {
            places.push(pointer.to_owned());
        }
    });
    // Outside schemas, the siblings of a `$ref` are dropped. Operations and parameters next to a `$ref` are kept, so that a later
    // stage can report them.
    places.extend(each(document, |_, object| {
        let kept = |key: &String| *key == "parameters" || METHODS.contains(&key.as_str());
        if object.len() < 2 || text(object, "$ref").is_none() || object.keys().any(kept) {
            return false;
        }
        object.retain(|key, _| key == "$ref");
        true
    }));
    places
}

fn collection_format(_: &str, object: &mut JsonObject) -> bool {
    if !object.contains_key("in") {
        return false;
    }
    let Some(format) = object.shift_remove("collectionFormat") else { return false };
    let style = match format.as_str() {
        Some("ssv") => "spaceDelimited",
        Some("pipes") => "pipeDelimited",
        _ => "form",
    };
    object.insert("style".to_owned(), style.into());
    object.insert("explode".to_owned(), (format == "multi").into());
    true
}

fn missing_items(pointer: &str, object: &mut JsonObject) -> bool {
    if text(object, "type") != Some("array") || object.contains_key("items") {
        return false;
    }
    let items = if pointer.contains("/parameters/") { json!({"type": "string"}) } else { json!({}) };
    object.insert("items".to_owned(), items);
    true
}

fn brackets(document: &mut Value, _: &Document) -> Vec<String> {
    let mut targets = BTreeSet::new();
    walk(document, &mut |_, object| targets.extend(object.get("schema").and_then(reference).map(str::to_owned)));
    targets.retain(|target| is_array(document, target));
    each(document, |_, object| {
        let array = object.get("schema").is_some_and(|schema| {
            schema.get("type").is_some_and(|kind| kind == "array")
                || reference(schema).is_some_and(|target| targets.contains(target))
        });
        let exploded = object.get("explode") != Some(&Value::Bool(false))
            && object.get("style").is_none_or(|style| style == "form");
        let name = text(object, "name").filter(|name| !name.ends_with("[]")).map(|name| format!("{name}[]"));
        match name {
            Some(name) if array && exploded && text(object, "in") == Some("query") => {
                object.insert("name".to_owned(), name.into());
                true
            }
            _ => false,
        }
    })
}

/// Returns the target of a `$ref`, or of the `$ref` that is the first schema of an `allOf`.
fn reference(schema: &Value) -> Option<&str> {
    schema.get("$ref").or_else(|| schema.get("allOf")?.get(0)?.get("$ref"))?.as_str()
}

/// Returns whether a reference leads to an array, directly or through other references.
fn is_array(document: &Value, target: &str) -> bool {
    let mut target = target;
    for _ in 0..DEEPEST {
        let Some(schema) = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)) else { return false };
        match reference(schema) {
            Some(next) => target = next,
            None => return schema.get("type").is_some_and(|kind| kind == "array"),
        }
    }
    false
}

fn missing_type(_: &str, object: &mut JsonObject) -> bool {
    let lacks = object.get("properties").is_some_and(Value::is_object) && !object.contains_key("type");
    if lacks {
        object.shift_insert(0, "type".to_owned(), "object".into());
    }
    lacks
}

fn optional_body(_: &str, object: &mut JsonObject) -> bool {
    match object.get_mut("requestBody") {
        Some(Value::Object(body)) if body.contains_key("content") && !body.contains_key("required") => {
            body.insert("required".to_owned(), true.into());
            true
        }
        _ => false,
    }
}

/// Calls `repair` for every sample of a parameter, media type or schema, and returns the pointers to the replaced samples.
fn each_sample(document: &mut Value, repair: fn(&JsonObject, &Value) -> Option<Value>) -> Vec<String> {
    let mut places = Vec::new();
    walk(document, &mut |pointer, object| {
        if !object.contains_key("example") && !object.contains_key("examples") {
            return;
        }
        let schema = object.get("schema").and_then(Value::as_object).unwrap_or(object).clone();
        let mut replace = |sample: &mut Value, place: String| {
            if let Some(repaired) = repair(&schema, sample) {
                *sample = repaired;
                places.push(place);
            }
        };
        if let Some(sample) = object.get_mut("example") {
            replace(sample, child(pointer, "example"));
        }
        for (name, sample) in object.get_mut("examples").and_then(Value::as_object_mut).into_iter().flatten() {
            if let Some(value) = sample.get_mut("value") {
                replace(value, child(&child(pointer, "examples"), name));
            }
        }
    });
    places
}

fn number_sample(schema: &JsonObject, sample: &Value) -> Option<Value> {
    match sample {
        Value::Number(number) if text(schema, "type") == Some("string") => Some(number.to_string().into()),
        _ => None,
    }
}

fn date_sample(schema: &JsonObject, sample: &Value) -> Option<Value> {
    if text(schema, "format") != Some("date") {
        return None;
    }
    let parts: Vec<&str> = sample.as_str()?.split('/').collect();
    let [month, day, year] = parts.as_slice() else { return None };
    let iso = format!("{year}-{month:0>2}-{day:0>2}");
    (Format::of(&iso) == Format::Date).then(|| iso.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn adds_the_shared_schemas_that_the_overlay_refers_to() {
        let read = |text: &str| load("a.yaml", text.as_bytes()).expect("the text is YAML");
        let mut document = read("components: {schemas: {email: {type: integer}}}");
        let shared = read("site_slug: {type: string}\nemail: {type: string}\nunused: {type: string}");
        let overlay = read(
            "actions: [{update: {a: {$ref: '#/components/schemas/site_slug'}, \
            b: {$ref: '#/components/schemas/email'}, c: {$ref: '#/components/schemas/other'}}}]",
        );
        add_shared(&mut document, &shared, &overlay);
        let expected = json!({"email": {"type": "integer"}, "site_slug": {"type": "string"}});
        assert_eq!(document.value["components"]["schemas"], expected);
    }

    #[test]
    fn removes_null_values() {
        let mut value = json!({
            "tags": null,
            "paths": {"/a": {"parameters": null, "get": {"summary": null, "responses": {
                "200": {"description": null, "headers": null, "content": {"application/json": {"example": null}}},
                "204": {"description": "", "content": {"text/plain": null}},
            }}}},
            "components": {"schemas": {"A": {
                "properties": {"any": null, "tags": null, "b": {"required": null, "enum": [null], "default": null}},
                "x-null": null,
            }, "B": null}},
        });
        each(&mut value, null_values);
        let expected = json!({
            "paths": {"/a": {"get": {"responses": {
                "200": {"description": "", "content": {"application/json": {"example": null}}},
                "204": {"description": "", "content": {"text/plain": null}},
            }}}},
            "components": {"schemas": {"A": {
                "properties": {"any": null, "tags": null, "b": {"enum": [null], "default": null}},
                "x-null": null,
            }, "B": null}},
        });
        assert_eq!(value, expected);
    }
}
