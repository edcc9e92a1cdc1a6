//! Skips the parts of overlay actions that no longer fit the document.
//!
//! These parts are skipped:
//!
//! - a schema that refers to a component that neither the document nor the overlay defines. If the schema is in a branch of a
//!   `oneOf` or `anyOf`, the branch is skipped. If no branches remain, the schema that contains the `oneOf` or `anyOf` is skipped,
//!   and if that schema is the whole update, the action is skipped;
//! - a property that only annotates a property missing from the matched schema;
//! - an action that removes a component to which the document still refers.
//!
//! The remaining actions are then applied again, until nothing more has to be skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::describe::overlay::{Applied, apply, steps};
use crate::openapi::walk::walk_schemas;
use crate::source::document::{Document, child, unescape, with_child};
use crate::{Diagnostic, Result};

const SCHEMAS: &str = "#/components/schemas/";

/// The keywords that annotate a property without declaring its type. All extensions are annotations too.
const ANNOTATIONS: [&str; 7] = ["description", "title", "deprecated", "example", "nullable", "readOnly", "writeOnly"];

/// A part of an overlay action that has to be skipped.
struct Part {
    /// The pointer to the part in the overlay.
    pointer: String,
    warning: Diagnostic,
}

/// Removes the parts of the overlay that have to be skipped, and applies the rest to the document again. `before` is the document
/// before the overlay was applied. Returns a warning for each skipped part and for each action without a match.
///
/// # Errors
///
/// Returns an error if an action can't be applied after parts of it were skipped.
pub fn reconcile(
    document: &mut Document,
    before: &Document,
    overlay: &mut Document,
    applied: &mut Vec<Applied>,
) -> Result<Vec<Diagnostic>> {
    let mut warnings = Vec::new();
    loop {
        let mut parts = dangling(&document.value, &before.value, overlay, applied);
        let mut fields = Vec::new();
        if parts.is_empty() {
            (parts, fields) = annotations(document, before, overlay)?;
        }
        // The parts are removed in reverse order, because removing a list item shifts the indexes of later items.
        let mut skipped = Vec::new();
        for part in parts.into_iter().rev() {
            if remove(&mut overlay.value, &part.pointer) {
                skipped.push(overlay.locate(part.warning.at(part.pointer.clone())));
                remove_span(overlay, &part.pointer);
            }
        }
        if skipped.is_empty() {
            let fields = fields.into_iter().filter(|(field, _)| remove(&mut document.value, field));
            warnings.extend(fields.map(|(_, part)| overlay.locate(part.warning.at(part.pointer))));
            break;
        }
        warnings.extend(skipped.into_iter().rev());
        document.value = before.value.clone();
        *applied = apply(document, overlay)?;
    }
    let unmatched =
        applied.iter().enumerate().filter(|(index, action)| action.matched == 0 && !is_skipped(overlay, *index));
    warnings.extend(unmatched.map(|(index, action)| {
        let message = format!("nothing matches the overlay action's target {}", action.target);
        let warning = Diagnostic::warning(message).at(format!("/actions/{index}/target"));
        overlay.locate(warning.help("correct the target, or delete the action"))
    }));
    Ok(warnings)
}

/// Finds the parts that cause dangling references: those that refer to an undefined component, and actions that remove a component
/// to which the document itself still refers.
fn dangling(document: &Value, before: &Value, overlay: &Document, applied: &[Applied]) -> Vec<Part> {
    let (mut gone, mut removed) = (BTreeSet::new(), BTreeMap::<usize, Vec<(String, String)>>::new());
    for (place, name) in references(document) {
        let schema = child("/components/schemas", &name);
        if document.pointer(&schema).is_some() {
            continue;
        }
        let is_removal =
            |(index, action): &(usize, &Applied)| is_removal(overlay, *index) && names_component(&action.target, &name);
        if before.pointer(&schema).is_none() {
            gone.insert(name);
        } else if reference(before.pointer(&place)) == Some(&name)
            && let Some((index, _)) = applied.iter().enumerate().rfind(is_removal)
        {
            removed.entry(index).or_default().push((name, place));
        }
    }
    let removals = removed.into_iter().map(|(index, references)| {
        let names: BTreeSet<&str> = references.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.into_iter().collect::<Vec<_>>().join("` and `");
        let warning = Diagnostic::warning(format!("the overlay removes `{names}`, which the document still refers to"));
        let notes = references.iter().map(|(_, place)| format!("the reference is at {place}"));
        let warning = notes.fold(warning, Diagnostic::note).note("the removal is skipped");
        let help =
            "correct the target of the action that replaces the reference, or delete the action with `remove: true`";
        Part { pointer: format!("/actions/{index}"), warning: warning.help(help) }
    });
    let mut parts: Vec<Part> = removals.collect();
    for (place, name) in references(&overlay.value).into_iter().filter(|(_, name)| gone.contains(name)) {
        let pointer = part_with(&overlay.value, &place);
        if parts.last().is_none_or(|last| last.pointer != pointer) {
            let message = format!("the overlay refers to `{name}`, which the document no longer has");
            let warning = Diagnostic::warning(message).note("this part of the action is skipped");
            let warning = warning.help("correct the reference, or delete this part from the overlay");
            parts.push(Part { pointer: pointer.to_owned(), warning });
        }
    }
    parts
}

/// The pointer to a property in the document, and the part of an action that adds the property.
type Added = (String, Part);

/// Finds annotations of properties that the document lacks. Such an annotation would add a property without a type. Only schemas
/// that exist without the overlay are searched. The first list contains the annotations in actions that match one schema. If an
/// action matches several schemas, some of them might have the property, so its annotations are in the second list, each with the
/// pointer to the property that it adds.
fn annotations(document: &mut Document, before: &Document, overlay: &Document) -> Result<(Vec<Part>, Vec<Added>)> {
    let (none, mut fields) = (Map::new(), Vec::new());
    walk_schemas(&mut document.value, &mut |pointer, schema| {
        let old = before.value.pointer(pointer).and_then(Value::as_object);
        let old = old.and_then(|schema| schema.get("properties").map_or(Some(&none), Value::as_object));
        if let (Some(old), Some(new)) = (old, schema.get("properties").and_then(Value::as_object)) {
            let added = new.iter().filter(|(name, property)| !old.contains_key(*name) && is_annotation(property));
            fields.extend(added.map(|(name, _)| child(&format!("{pointer}/properties"), name)));
        }
    });
    let (mut parts, mut several, mut index) = (Vec::new(), Vec::new(), 0);
    // Applying the actions one by one is slow, so this is done only if such properties exist.
    if !fields.is_empty() {
        steps(&mut before.clone(), overlay, |applied, before, after| {
            let added = |field: &str| before.pointer(field).is_none() && after.pointer(field).is_some();
            for field in fields.extract_if(.., |field| added(field)) {
                let part = annotation(overlay, index, &field);
                if applied.matched == 1 {
                    parts.push(part);
                } else {
                    several.push((field, part));
                }
            }
            index += 1;
        })?;
    }
    Ok((parts, several))
}

fn is_annotation(property: &Value) -> bool {
    let mut keys = property.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    property.is_object() && keys.all(|key| ANNOTATIONS.contains(&key) || key.starts_with("x-"))
}

/// Returns the part of an action that adds the property at `field`: the node of the action's update to which the longest possible
/// suffix of `field` points.
fn annotation(overlay: &Document, index: usize, field: &str) -> Part {
    let action = format!("/actions/{index}");
    let ends = field.match_indices('/').map(|(at, _)| format!("{action}/update{}", &field[at..]));
    let pointer = ends.into_iter().find(|end| overlay.value.pointer(end).is_some());
    let message = format!("the overlay describes {field}, which the document no longer has");
    let warning = Diagnostic::warning(message).note("this part of the action is skipped");
    Part {
        pointer: pointer.unwrap_or(action),
        warning: warning.help("delete the property from the overlay, or declare its type"),
    }
}

/// Removes a part of an action from the overlay, or a property from the document. Returns false if the part or property has
/// already been removed.
fn remove(value: &mut Value, pointer: &str) -> bool {
    let Some((parent, key)) = pointer.rsplit_once('/') else { return false };
    if pointer.starts_with("/actions/") && pointer.split('/').count() <= 4 {
        let action = pointer.strip_suffix("/update").unwrap_or(pointer);
        let Some(action) = value.pointer_mut(action).and_then(Value::as_object_mut) else { return false };
        action.shift_remove("update");
        return action.insert("remove".to_owned(), false.into()) != Some(false.into());
    }
    let (schema, keyword) = parent.rsplit_once('/').unwrap_or_default();
    let is_empty = match value.pointer_mut(parent) {
        Some(Value::Array(items)) => {
            let Some(index) = key.parse().ok().filter(|index| *index < items.len()) else { return false };
            items.remove(index);
            items.is_empty()
        }
        Some(Value::Object(entries)) => {
            let key = unescape(key);
            if entries.shift_remove(&key).is_none() {
                return false;
            }
            let is_empty = entries.is_empty();
            if let Some(schema) = value.pointer_mut(schema).filter(|_| keyword == "properties") {
                remove_property(schema, &key, is_empty);
            }
            return true;
        }
        _ => return false,
    };
    // A union without branches would accept no value, so if the last branch is removed, the whole schema is removed.
    !is_empty || remove(value, schema)
}

/// Adjusts the spans of the items of a list after one of the items was removed.
fn remove_span(overlay: &mut Document, pointer: &str) {
    let Some((list, removed)) = pointer.rsplit_once('/') else { return };
    let Ok(removed) = removed.parse::<usize>() else { return };
    if !overlay.value.pointer(list).is_some_and(Value::is_array) {
        return;
    }
    let moved = |pointer: String| {
        let Some(rest) = pointer.strip_prefix(list).and_then(|rest| rest.strip_prefix('/')) else {
            return Some(pointer);
        };
        let (index, inner) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        match index.parse::<usize>() {
            Ok(index) if index == removed => None,
            Ok(index) if index > removed => Some(format!("{list}/{}{inner}", index - 1)),
            _ => Some(pointer),
        }
    };
    let spans = overlay.spans.iter().filter_map(|(pointer, span)| Some((moved(pointer.clone())?, *span)));
    overlay.spans = Arc::new(spans.collect());
}

/// Cleans up a schema after one of its properties was removed. Deletes the name from `required`, and keywords that are now empty.
fn remove_property(schema: &mut Value, name: &str, is_last: bool) {
    let Some(schema) = schema.as_object_mut() else { return };
    if is_last {
        schema.shift_remove("properties");
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|required| required != name);
        // OpenAPI 3.0 forbids an empty `required` list.
        if required.is_empty() {
            schema.shift_remove("required");
        }
    }
}

/// Returns the pointer to the part to skip for a dangling reference: the branch of a union that contains the reference, or else the
/// reference itself. If the reference is the `items` schema of an array that the overlay declares, the part is the whole array
/// schema, which would be invalid without `items`.
fn part_with<'a>(overlay: &Value, reference: &'a str) -> &'a str {
    let choices = ["oneOf", "anyOf"]
        .into_iter()
        .filter_map(|key| reference.find(&format!("/{key}/")).map(|at| at + key.len() + 2));
    let branch = choices.min().and_then(|start| reference.get(start..)?.find('/').map(|length| start + length));
    if let Some(branch) = branch {
        return reference.get(..branch).unwrap_or(reference);
    }
    let is_list = |pointer: &str| overlay.pointer(pointer).is_some_and(|schema| schema["type"] == "array");
    let mut part = reference;
    while let Some(list) = part.strip_suffix("/items").filter(|list| is_list(list)) {
        part = list;
    }
    part
}

/// Returns whether the whole action with the given index was skipped.
fn is_skipped(overlay: &Document, index: usize) -> bool {
    overlay.value.pointer(&format!("/actions/{index}/remove")) == Some(&Value::Bool(false))
}

fn is_removal(overlay: &Document, index: usize) -> bool {
    overlay.value.pointer(&format!("/actions/{index}/remove")) == Some(&Value::Bool(true))
}

/// Returns whether a JSONPath names a component in the step directly after `components.schemas`.
fn names_component(target: &str, name: &str) -> bool {
    let Some((_, rest)) = target.split_once("components.schemas") else { return false };
    let step = match rest.strip_prefix('[') {
        Some(names) => names.split(']').next(),
        None => rest.strip_prefix('.').and_then(|rest| rest.split(['.', '[']).next()),
    };
    let step = step.filter(|step| !step.starts_with('?')).unwrap_or_default();
    step.split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != '-').any(|word| word == name)
}

/// Returns the name of the component schema to which a value refers, or `None` if the value is not such a reference.
fn reference(value: Option<&Value>) -> Option<&str> {
    value?.get("$ref")?.as_str()?.strip_prefix(SCHEMAS)
}

/// Returns all references to component schemas in document order, each as the pointer to the referring object and the component
/// name.
pub(crate) fn references(value: &Value) -> Vec<(String, String)> {
    fn collect(value: &Value, pointer: &mut String, found: &mut Vec<(String, String)>) {
        if let Some(name) = reference(Some(value)) {
            found.push((pointer.clone(), name.to_owned()));
        }
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    with_child(pointer, key, |pointer| collect(value, pointer, found));
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    with_child(pointer, &index.to_string(), |pointer| collect(item, pointer, found));
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    collect(value, &mut String::new(), &mut found);
    found
}

#[cfg(test)]
mod tests;
