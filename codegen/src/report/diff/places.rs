//! Locates types and fields in a document.
//!
//! An inferred type has no schema in the file. It is located in an example of an operation, by following the keys that lead from
//! the operation's result to the type.

use std::collections::{BTreeSet, HashMap};

use super::item::Place;
use super::schemas::{Found, Trace};
use crate::Document;
use crate::report::Location;
use crate::source::document::escape;

/// An index of the locations in a document.
#[derive(Clone, Debug)]
pub(super) struct Places {
    document: Document,
    /// All pointers in the file. They are sorted, so pointers with the same ancestor are adjacent.
    pointers: Vec<String>,
    /// The pointers of the schemas of types, and of their fields by wire name.
    schemas: HashMap<(String, Option<String>), String>,
    traces: HashMap<String, Vec<Trace>>,
}

impl Places {
    pub(super) fn new(document: Document, found: Found) -> Self {
        let pointers = document.spans.keys().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let Found { mut schemas, traces, .. } = found;
        schemas.retain(|_, pointer| document.spans.contains_key(pointer));
        Self { document, pointers, schemas, traces }
    }

    /// Returns the location of an item.
    pub(super) fn locate(&self, place: &Place) -> Location {
        let pointer = match place {
            Place::Document => None,
            Place::Value(pointer, trace) if !self.document.spans.contains_key(pointer) => {
                Some(self.example(trace, None).unwrap_or_else(|| trace.operation.clone()))
            }
            Place::Pointer(pointer) | Place::Value(pointer, _) => Some(pointer.clone()),
            Place::Type(ty, wire) => Some(self.find(ty, wire.as_deref())),
        };
        let line = pointer.as_ref().and_then(|pointer| self.document.line(pointer));
        Location { file: self.document.name.clone(), line, pointer }
    }

    fn find(&self, ty: &str, wire: Option<&str>) -> String {
        let traces = self.traces.get(ty).map(Vec::as_slice).unwrap_or_default();
        let schema = |wire: Option<&str>| self.schemas.get(&(ty.to_owned(), wire.map(str::to_owned))).cloned();
        let example = || traces.iter().find_map(|trace| self.example(trace, wire));
        // An item without a location of its own gets the location of its operation.
        let operation = || traces.first().map(|trace| trace.operation.clone()).unwrap_or_default();
        schema(wire).or_else(example).or_else(|| schema(None)).unwrap_or_else(operation)
    }

    /// Returns the first pointer below a request or response that ends in the keys of a trace.
    fn example(&self, trace: &Trace, wire: Option<&str>) -> Option<String> {
        let keys: Vec<&str> = trace.keys.iter().map(String::as_str).chain(wire).collect();
        keys.first()?;
        let prefix = format!("{}/{}/", trace.operation, trace.part);
        let start = self.pointers.partition_point(|pointer| *pointer < prefix);
        let inside = self.pointers.get(start..)?.iter().take_while(|pointer| pointer.starts_with(&prefix));
        let fits = inside.filter(|pointer| {
            let steps = pointer.rsplit('/').filter(|step| !is_structure(step));
            steps.take(keys.len()).eq(keys.iter().rev().map(|key| escape(key)))
        });
        fits.min_by_key(|pointer| (self.document.spans.get(*pointer), pointer.len())).cloned()
    }
}

/// Whether a step of a pointer is a JSON Schema keyword or an index.
fn is_structure(step: &str) -> bool {
    let words = ["properties", "items", "allOf", "oneOf", "anyOf", "additionalProperties"];
    words.contains(&step) || step.bytes().all(|byte| byte.is_ascii_digit())
}
