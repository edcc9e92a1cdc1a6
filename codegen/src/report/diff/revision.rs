//! One side of a comparison: the items of a document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::Facts;
use super::item::Item;
use super::schemas::Found;
use crate::describe::{DocumentKind, Inputs};
use crate::openapi::node::Node;
use crate::openapi::walk::operations;
use crate::pipeline::Progress;
use crate::report::Location;
use crate::source::load::load;
use crate::{Document, Result};

/// A document with the items of its bindings.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(super) kind: DocumentKind,
    /// The operations and webhooks.
    pub(super) calls: Vec<Item>,
    /// The resources and types.
    pub(super) named: Vec<Item>,
    document: Document,
}

/// Reads a document and lists the items of its bindings. A published document goes through all stages, but a complete
/// description goes only through `downgrade`, because of how it describes null, and the stages after `complete`.
///
/// # Errors
///
/// Returns an error with the file, line and pointer if the document or its overlay is invalid.
pub fn read(inputs: &Inputs<'_>, kind: DocumentKind) -> Result<Revision> {
    let published = inputs.published(kind);
    let document = load(published.document.name, published.document.bytes)?;
    let mut progress = Progress::new(inputs, kind);
    if is_complete(&document.value) {
        progress.described.document = document;
        progress.run("downgrade", "downgrade")?;
        progress.run("normalize", "types")?;
    } else {
        progress.run("load", "types")?;
    }
    let Progress { described, normalized, api, types, .. } = progress;
    let types = types.into_iter().map(|item| (item.name.clone(), item)).collect::<BTreeMap<_, _>>();
    // The pointers come from the operations, not from `api.events`, which lacks webhooks that are left out.
    let events = normalized.operations.iter().map(|operation| (operation.id.clone(), operation.pointer())).collect();
    let root = Node::root(&described.document.value);
    let found = Found::new(&described.document, &api, &events, &types);
    let facts = Facts { root, api: &api, types: &types, events: &events, found };
    let (calls, named) = (facts.calls(), facts.named());
    Ok(Revision { kind, calls, named, document: described.document })
}

/// Returns whether a document contains an extension that occurs only in complete descriptions.
fn is_complete<'v>(document: &'v Value) -> bool {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let properties = |schema: &'v Value| schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let mut all = schemas.flat_map(|(_, schema)| properties(schema).map(|(_, property)| property).chain([schema]));
    let is_named =
        |schema: &Value| schema.as_object().is_some_and(|keys| keys.keys().any(|key| key.starts_with("x-rust-")));
    document.get("x-resources").is_some()
        || operations(document).iter().any(|(.., operation)| operation.contains_key("x-resource"))
        || all.any(is_named)
}

impl Revision {
    /// Returns the location of an item.
    pub(super) fn locate(&self, item: &Item) -> Location {
        let line = item.pointer.as_ref().and_then(|pointer| self.document.line(pointer));
        Location { file: self.document.name.clone(), line, pointer: item.pointer.clone() }
    }
}
