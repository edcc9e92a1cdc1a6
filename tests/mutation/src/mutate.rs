//! Mutations of documents and overlays.

use serde_json::{Map, Value, json};

use crate::nodes::{Role, nodes};
use crate::values::{data, misfit, name, schema};
use crate::{Choices, seeds};

const MAX_CHANGES: usize = 8;

/// Mutates up to eight nodes of a document.
///
/// ```
/// let mut document = serde_json::json!({"components": {"schemas": {"A": {"type": "string"}}}});
/// mutation::mutate(&mut document, &mut mutation::Choices::new(&[0, 1, 2, 3]));
/// assert!(document.is_object());
/// ```
pub fn mutate(document: &mut Value, choices: &mut Choices<'_>) {
    for _ in 0..=choices.below(MAX_CHANGES) {
        if !choices.more() {
            return;
        }
        let nodes = nodes(document);
        if choices.wild() && choices.one_in(2) {
            break_node(document, &nodes, choices);
        } else {
            let (pointer, role) = choices.pick(&nodes).clone();
            change(document, &pointer, role, &nodes, choices);
        }
    }
}

/// Mutates a node so that the document stays a valid description.
fn change(document: &mut Value, pointer: &str, role: Role, nodes: &[(String, Role)], choices: &mut Choices<'_>) {
    let known = pointers(nodes, Role::Schema);
    let Some(value) = document.pointer_mut(pointer) else { return };
    match role {
        Role::Schema => *value = schema(choices, &known, 0),
        Role::Data => *value = data(choices, 0),
        Role::Properties => rename_or_add(value, choices, |choices| schema(choices, &known, 1)),
        Role::Schemas => insert(value, name(choices), schema(choices, &known, 0)),
        Role::Parts => push(value, schema(choices, &known, 1)),
        Role::MediaType => {
            let (key, other, content) = if choices.one_in(2) {
                ("schema", "example", schema(choices, &known, 0))
            } else {
                ("example", "schema", json!({"ok": true, "result": data(choices, 0)}))
            };
            insert(value, key.to_owned(), content);
            remove(value, other);
        }
        Role::Responses => {
            let status = choices.pick(&["200", "201", "204", "400", "default", "2XX"]);
            let content = json!({"application/json": {"example": data(choices, 0)}});
            insert(value, (*status).to_owned(), json!({"description": "", "content": content}));
        }
        Role::Parameters => {
            let parameter = json!({
                "name": name(choices), "in": "query", "required": choices.one_in(2), "schema": schema(choices, &known, 3),
            });
            push(value, parameter);
        }
        Role::Operation => change_operation(value, choices),
        Role::Paths => {
            let operations = pointers(nodes, Role::Operation);
            if operations.is_empty() {
                return;
            }
            let from = choices.pick(&operations).clone();
            let copy = document.pointer(&from).cloned().unwrap_or_default();
            let method = choices.pick(&["get", "put", "post", "delete"]);
            let path = from.trim_start_matches("/paths/").rsplit_once('/').map_or("", |(path, _)| path);
            let path = format!("/{}{}", choices.pick(&["a", "b/c", "名"]), path.replace("~1", "/"));
            if let Some(paths) = document.pointer_mut(pointer) {
                insert(paths, path, json!({*method: copy}));
            }
        }
        // A node with this role rarely has a second valid value, so a schema of the document is replaced instead, if there is one.
        Role::Other if known.is_empty() => {}
        Role::Other => {
            if let Some(value) = document.pointer_mut(choices.pick(known.as_slice()).as_str()) {
                *value = schema(choices, &known, 0);
            }
        }
    }
}

/// Mutates a field of an operation.
fn change_operation(operation: &mut Value, choices: &mut Choices<'_>) {
    match choices.below(6) {
        0 => insert(operation, "operationId".to_owned(), name(choices).into()),
        1 => insert(operation, "tags".to_owned(), json!([name(choices)])),
        2 => insert(operation, "deprecated".to_owned(), json!(true)),
        3 => insert(
            operation,
            (*choices.pick(&["summary", "description"])).to_owned(),
            data(choices, 9).to_string().into(),
        ),
        4 => remove(operation, "operationId"),
        _ => insert(
            operation,
            (*choices.pick(&["x-method", "x-resource", "x-rust-query"])).to_owned(),
            name(choices).into(),
        ),
    }
}

/// Mutates a node regardless of its role.
fn break_node(document: &mut Value, nodes: &[(String, Role)], choices: &mut Choices<'_>) {
    let known: Vec<String> = nodes.iter().map(|(pointer, _)| pointer.clone()).collect();
    let pointer = choices.pick(&known).clone();
    let other = document.pointer(choices.pick(known.as_slice()).as_str()).cloned().unwrap_or_default();
    let misfit = if choices.one_in(3) { other } else { misfit(choices, &known) };
    let (parent, key) = pointer.rsplit_once('/').unwrap_or_default();
    match (choices.below(3), document.pointer_mut(parent)) {
        (0, Some(Value::Object(parent))) => drop(parent.shift_remove(key)),
        (1, Some(Value::Object(parent))) => drop(parent.insert(name(choices), misfit)),
        (1, Some(Value::Array(parent))) => parent.push(misfit),
        // The root must stay an object. Otherwise, the document would not reach the later stages.
        _ if pointer.is_empty() && !misfit.is_object() => {}
        _ => {
            if let Some(value) = document.pointer_mut(&pointer) {
                *value = misfit;
            }
        }
    }
}

/// Adds random actions to an overlay.
///
/// ```
/// let mut overlay = serde_json::json!({"actions": [{"target": "$.info", "update": {"title": "Shop"}}]});
/// mutation::mutate_overlay(&mut overlay, &serde_json::json!({"info": {}}), &mut mutation::Choices::new(&[1, 2, 3]));
/// assert!(overlay["actions"].is_array());
/// ```
pub fn mutate_overlay(overlay: &mut Value, document: &Value, choices: &mut Choices<'_>) {
    let nodes = nodes(document);
    let known = pointers(&nodes, Role::Schema);
    let all: Vec<String> = nodes.into_iter().map(|(pointer, _)| pointer).collect();
    let Some(actions) = overlay.get_mut("actions").and_then(Value::as_array_mut) else { return };
    for _ in 0..=choices.below(MAX_CHANGES) {
        let target = match choices.below(4) {
            0 => (*choices.pick(&seeds::TARGETS)).to_owned(),
            1 => format!("$..{}", name(choices)),
            _ => path(choices.pick::<String>(&all)),
        };
        let action = match choices.below(6) {
            0 => json!({"target": target, "remove": true}),
            1 => json!({"target": target, "update": data(choices, 0)}),
            2 => json!({"target": target, "update": {(name(choices)): schema(choices, &known, 0)}}),
            3 => json!({"target": target, "update": misfit(choices, &all)}),
            _ => json!({"target": target, "update": {"description": name(choices), "x-rust-name": name(choices)}}),
        };
        let index = choices.below(actions.len() + 1);
        actions.insert(index, action);
    }
    if choices.wild() {
        break_node(overlay, &crate::nodes::nodes(overlay), choices);
    }
}

/// Converts a JSON pointer to a JSONPath.
fn path(pointer: &str) -> String {
    let steps = pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"));
    let quoted = |step: String| match step.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!("['{}']", step.replace('\\', "\\\\").replace('\'', "\\'")),
    };
    format!("${}", steps.map(quoted).collect::<String>())
}

fn pointers(nodes: &[(String, Role)], wanted: Role) -> Vec<String> {
    nodes.iter().filter(|(_, role)| *role == wanted).map(|(pointer, _)| pointer.clone()).collect()
}

fn rename_or_add(value: &mut Value, choices: &mut Choices<'_>, new: impl FnOnce(&mut Choices<'_>) -> Value) {
    let Value::Object(map) = value else { return };
    if map.is_empty() || choices.one_in(2) {
        map.insert(name(choices), new(choices));
        return;
    }
    let renamed = choices.below(map.len());
    let entries: Map<String, Value> = std::mem::take(map)
        .into_iter()
        .enumerate()
        .map(|(index, (key, value))| (if index == renamed { name(choices) } else { key }, value))
        .collect();
    *map = entries;
}

fn insert(value: &mut Value, key: String, inner: Value) {
    if let Value::Object(map) = value {
        map.insert(key, inner);
    }
}

fn remove(value: &mut Value, key: &str) {
    if let Value::Object(map) = value {
        map.shift_remove(key);
    }
}

fn push(value: &mut Value, inner: Value) {
    if let Value::Array(items) = value {
        items.push(inner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_pointers_to_paths() {
        assert_eq!(path("/paths/~1a'b"), "$['paths']['/a\\'b']");
        assert_eq!(path("/tags/0"), "$['tags'][0]");
    }
}
