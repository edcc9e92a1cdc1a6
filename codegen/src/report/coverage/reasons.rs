//! The recorded reasons why parts of a document are not in the bindings.

use std::collections::HashMap;

use serde_json::Value;

use crate::Result;
use crate::openapi::node::local;
use crate::openapi::reach::is_within;
use crate::openapi::walk::operations;
use crate::report::stages::Stages;

/// The parts of a document that are left out or untyped, each with the reason.
#[derive(Debug)]
pub(super) struct Reasons {
    /// The reasons by pointer. A part includes everything below it.
    parts: HashMap<String, String>,
    /// The parts that the overlay removes.
    removed: Vec<(String, String)>,
}

impl Reasons {
    /// Collects the diagnostics of the run and the removals of the overlay.
    pub(super) fn new(stages: &Stages) -> Result<Self> {
        let (mut parts, mut removed) = (HashMap::new(), Vec::new());
        for diagnostic in &stages.bindings.normalized.diagnostics {
            let pointer = diagnostic.pointer.iter().filter(|_| !diagnostic.parts.is_empty());
            let pointers = diagnostic.parts.iter().chain(pointer);
            parts.extend(pointers.map(|pointer| (pointer.clone(), diagnostic.message.clone())));
        }
        for action in stages.overlay_actions(std::iter::once(""))? {
            let line = action.line.map(|line| format!(":{line}")).unwrap_or_default();
            let reason = format!("removed by the overlay, {}{line}", stages.complete.overlay.name);
            let changes = action.changes.into_iter().filter(|change| change.new.is_none());
            removed.extend(changes.map(|change| (change.pointer, reason.clone())));
        }
        parts.extend(removed.iter().cloned());
        for (place, component) in moved(stages) {
            let inner = parts.iter().filter_map(|(part, reason)| {
                let rest = part.strip_prefix(&component)?;
                is_within(part, &component).then(|| (format!("{place}{rest}"), reason.clone()))
            });
            let inner: Vec<_> = inner.collect();
            parts.extend(inner);
        }
        let wrapped = parts.iter().filter_map(|(part, reason)| {
            let place = part.strip_suffix("/allOf/0").filter(|place| is_reference(stages, place))?;
            Some((place.to_owned(), reason.clone()))
        });
        let wrapped: Vec<_> = wrapped.collect();
        parts.extend(wrapped);
        Ok(Self { parts, removed })
    }

    /// Returns the reason for which an element is left out, if it is recorded for the element or an ancestor.
    pub(super) fn at(&self, pointer: &str) -> Option<&str> {
        let ancestors = pointer.rmatch_indices('/').filter_map(|(end, _)| pointer.get(..end));
        std::iter::once(pointer).chain(ancestors).find_map(|place| self.parts.get(place)).map(String::as_str)
    }

    /// Returns the reason why a field of an example is left out, if any. `pointer` points to the property in the inferred schema
    /// of the example. If the property belongs to a named type, its schema is in `components`, so only the end of `pointer` is
    /// compared.
    pub(super) fn of_field(&self, pointer: &str) -> Option<&str> {
        let property = pointer.rfind("/properties/").and_then(|start| pointer.get(start..))?;
        let removed =
            || self.removed.iter().find(|(place, _)| place.ends_with(property)).map(|(_, reason)| reason.as_str());
        self.at(pointer).or_else(removed)
    }
}

/// Returns whether a schema is a reference in the published document. In the complete description, a property that is a reference
/// becomes an `allOf` with that reference.
fn is_reference(stages: &Stages, pointer: &str) -> bool {
    stages.repaired.document.value.pointer(pointer).is_some_and(|schema| schema.get("$ref").is_some())
}

/// Returns the schemas of request data that become components, each as its pointer in the published document and the pointer to the
/// component.
fn moved(stages: &Stages) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (operation, ..) in operations(&stages.repaired.document.value) {
        let data = format!("{operation}/requestBody/content/application~1json/schema/properties/data");
        for place in [format!("{data}/items"), data] {
            let [old, new] = [&stages.repaired, &stages.complete].map(|it| it.document.value.pointer(&place));
            let target = |schema: &Value| schema.get("$ref").and_then(Value::as_str).and_then(local);
            let component = new.and_then(|new| target(new.pointer("/allOf/0").unwrap_or(new)));
            if let (Some(_), Some(component)) = (old.and_then(|old| old.get("properties")), component) {
                found.push((place, component));
            }
        }
    }
    found
}
