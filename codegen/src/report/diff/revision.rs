//! One side of a comparison: a document and the model of its bindings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::locations::Locations;
use crate::Result;
use crate::describe::{DocumentKind, Inputs};
use crate::model::api::{Api, TypeItem, Use};
use crate::openapi::walk::operations;
use crate::pipeline::Progress;
use crate::source::load::load;

/// A document with the model of its bindings.
#[derive(Clone, Debug)]
pub struct Revision {
    pub(super) kind: DocumentKind,
    pub(super) api: Api,
    pub(super) types: BTreeMap<String, TypeItem>,
    pub(super) locations: Locations,
}

/// Reads a document and builds the model of its bindings. A published document goes through all stages, but a complete
/// description goes only through the stages after `complete`.
///
/// # Errors
///
/// If the document or its overlay is invalid. The error contains the file, the line and the pointer.
pub fn read(inputs: &Inputs<'_>, kind: DocumentKind) -> Result<Revision> {
    let published = inputs.published(kind);
    let document = load(published.document.name, published.document.bytes)?;
    let mut progress = Progress::new(inputs, kind);
    if is_complete(&document.value) {
        progress.described.document = document;
        progress.run("normalize", "types")?;
    } else {
        progress.run("load", "types")?;
    }
    Ok(Revision::of(progress, kind))
}

/// Whether a document contains an extension that occurs only in complete descriptions.
fn is_complete(document: &Value) -> bool {
    let mut schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    document.get("x-resources").is_some()
        || operations(document).iter().any(|(.., operation)| operation.contains_key("x-resource"))
        || schemas.any(|(_, schema)| schema.get("x-rust-name").is_some())
}

impl Revision {
    fn of(progress: Progress<'_>, kind: DocumentKind) -> Self {
        let Progress { described, normalized, api, types, .. } = progress;
        let types: BTreeMap<String, TypeItem> = types.into_iter().map(|item| (item.name.clone(), item)).collect();
        let locations = Locations::of(described.document, &api, &types, &normalized.operations);
        Self { kind, api, types, locations }
    }

    /// Returns how the bindings use a type.
    pub(super) fn usage(&self, name: &str) -> Use {
        self.api.uses.get(name).cloned().unwrap_or_default()
    }

    /// Returns the types used by operations. The bindings contain no other types.
    pub(super) fn reached(&self) -> impl Iterator<Item = &TypeItem> {
        self.types.values().filter(|item| self.api.uses.get(&item.name).is_some_and(|it| !it.resources.is_empty()))
    }
}
