//! Explains one operation: its repairs, examples and overlay actions, and the decisions behind its bindings.

mod binding;
mod examples;
mod fields;

use crate::describe::DocumentKind;
use crate::describe::Inputs;
use crate::openapi::reach::{Reach, is_within};
use crate::openapi::walk::operations;
use crate::report::stages::{OverlayAction, Stages};
use crate::report::suggest::{nearest, suggest};
use crate::{Diagnostic, Result};

/// The maximum number of characters shown for a value.
const MAX_VALUE: usize = 80;

/// Explains one operation as text. `name` is its operationId, or its method and path. `generated` is the folder that contains the
/// generated code.
///
/// # Errors
///
/// Returns an error if a document is invalid, or if no document contains the operation. For an unknown operation, the error
/// suggests similar names.
pub fn explain(inputs: &Inputs<'_>, name: &str, generated: &str) -> Result<String> {
    let mut known = Vec::new();
    for kind in [DocumentKind::Api, DocumentKind::Webhooks] {
        let stages = Stages::run(inputs, kind)?;
        let operations = all_operations(&stages);
        if let Some(operation) = find(&operations, name.trim()) {
            return Ok(Explanation::new(&stages, operation, generated)?.text());
        }
        let spelled = |operation: Operation| if name.contains('/') { operation.address() } else { operation.id };
        known.extend(operations.into_iter().map(spelled));
    }
    let similar = suggest(name, known.iter().map(String::as_str));
    Err(Diagnostic::error(format!("no operation is named `{name}`")).help(match similar.as_slice() {
        [] => {
            let nearest = nearest(name, known.iter().map(String::as_str)).map(|it| format!("; the nearest is {it}"));
            format!("give an operationId, or a method and a path{}", nearest.unwrap_or_default())
        }
        similar => format!("did you mean {}?", similar.join(", ")),
    }))
}

/// An operation in a document.
struct Operation {
    pointer: String,
    /// The operationId, or the address if there is no operationId.
    id: String,
    http: String,
    path: String,
}

impl Operation {
    /// Returns the method and the path.
    fn address(&self) -> String {
        format!("{} {}", self.http, self.path)
    }
}

fn all_operations(stages: &Stages) -> Vec<Operation> {
    let operations =
        operations(&stages.repaired.document.value).into_iter().map(|(pointer, path, method, operation)| {
            let (http, path) = (method.to_uppercase(), path.to_owned());
            let id = operation.get("operationId").and_then(|id| id.as_str());
            Operation { id: id.map_or_else(|| format!("{http} {path}"), str::to_owned), pointer, http, path }
        });
    operations.collect()
}

fn find<'a>(operations: &'a [Operation], name: &str) -> Option<&'a Operation> {
    let (http, path) = name.split_once(char::is_whitespace).unwrap_or_default();
    let has_address = |it: &&Operation| it.http.eq_ignore_ascii_case(http) && it.path == path.trim();
    operations.iter().find(|it| it.id == name).or_else(|| operations.iter().find(has_address))
}

/// An explanation that is being written.
struct Explanation<'a> {
    stages: &'a Stages,
    operation: &'a Operation,
    generated: &'a str,
    /// The overlay actions that changed the operation or anything that it refers to.
    actions: Vec<OverlayAction>,
    text: String,
}

impl<'a> Explanation<'a> {
    fn new(stages: &'a Stages, operation: &'a Operation, generated: &'a str) -> Result<Self> {
        let before = Reach::new(&stages.complete.before_overlay.value, &operation.pointer);
        let after = Reach::new(&stages.complete.document.value, &operation.pointer);
        let actions = stages.overlay_actions(before.0.union(&after.0).map(String::as_str))?;
        Ok(Self { stages, operation, generated, actions, text: String::new() })
    }

    fn text(mut self) -> String {
        self.line(0, format!("{}: {}", self.operation.id, self.operation.address()));
        self.line(1, self.stages.location(&self.operation.pointer).to_string());
        self.repairs();
        self.examples();
        self.overlay();
        self.bindings();
        self.text
    }

    fn line(&mut self, depth: usize, text: impl AsRef<str>) {
        self.text.extend(["  ".repeat(depth).as_str(), text.as_ref(), "\n"]);
    }

    fn heading(&mut self, text: impl AsRef<str>) {
        self.text.extend(["\n", text.as_ref(), "\n"]);
    }

    fn repairs(&mut self) {
        let reach = Reach::new(&self.stages.repaired.document.value, &self.operation.pointer);
        let is_reached = |place: &&String| reach.contains(place);
        let repairs =
            self.stages.repaired.repaired.iter().filter(|repair| repair.places.iter().any(|it| is_reached(&it)));
        let repairs: Vec<_> = repairs.collect();
        self.heading(format!("repairs: {}", repairs.len()));
        for repair in repairs {
            self.line(1, format!("{}: {}", repair.id, repair.why));
            for place in repair.places.iter().filter(is_reached) {
                self.line(2, self.stages.location(place).to_string());
            }
        }
    }

    fn overlay(&mut self) {
        self.heading(format!("overlay actions: {}", self.actions.len()));
        for action in std::mem::take(&mut self.actions) {
            let place = self.overlay_place(&action.line.map(|line| line.to_string()).unwrap_or_default());
            self.line(1, format!("{place} {}", action.target));
            for change in &action.changes {
                let (old, new) = (change.old.as_ref().map(short), change.new.as_ref().map(short));
                self.line(
                    2,
                    match (old, new) {
                        (None, new) => format!("+ {} = {}", change.pointer, new.unwrap_or_default()),
                        (Some(old), None) => format!("- {}, was {old}", change.pointer),
                        (Some(old), Some(new)) => format!("~ {} = {new}, was {old}", change.pointer),
                    },
                );
            }
            self.actions.push(action);
        }
    }

    fn overlay_place(&self, lines: &str) -> String {
        let colon = if lines.is_empty() { "" } else { ":" };
        format!("{}{colon}{lines}", self.stages.complete.overlay.name)
    }

    /// Returns the lines of the overlay actions that changed a node, one of its ancestors or one of its descendants.
    fn overlay_lines(&self, pointer: &str) -> Option<String> {
        let touches = |changed: &str| is_within(changed, pointer) || is_within(pointer, changed);
        let actions = self.actions.iter().filter(|it| it.changes.iter().any(|change| touches(&change.pointer)));
        let mut lines: Vec<String> = actions.filter_map(|action| Some(action.line?.to_string())).collect();
        lines.dedup();
        (!lines.is_empty()).then(|| self.overlay_place(&lines.join(", ")))
    }
}

fn short(value: &serde_json::Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MAX_VALUE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
