//! One of the two documents, read up to the plain data of the bindings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::places::Places;
use crate::describe::{Published, Source, describe};
use crate::model::api::{Api, Operation, Resource, TypeItem, Use};
use crate::model::events::events;
use crate::model::lower::lower;
use crate::model::normalize::{normalize, normalize_webhooks};
use crate::model::types::types;
use crate::openapi::walk::operations;
use crate::source::load::load;
use crate::{Document, Result};

/// What a document describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Calls: the API.
    Api,
    /// What the site is told: the webhooks.
    Webhooks,
}

/// A document as the bindings have it.
#[derive(Clone, Debug)]
pub struct Side {
    pub(super) kind: Kind,
    pub(super) api: Api,
    pub(super) types: BTreeMap<String, TypeItem>,
    pub(super) places: Places,
}

/// Reads a document: a published one with all that happens to those, a complete description as it is.
///
/// # Errors
///
/// If the document, or what belongs to it, can't be read; with file, line and pointer.
pub fn read(published: &Published<'_>, shared: &Source<'_>, kind: Kind) -> Result<Side> {
    let document = load(published.document.name, published.document.bytes)?;
    let document = if is_complete(&document.value) { document } else { describe(published, shared)?.document };
    Side::of(document, kind)
}

/// Only our own descriptions say which resource an operation belongs to, and what a type is called in Rust.
fn is_complete(document: &Value) -> bool {
    let mut schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    document.get("x-resources").is_some()
        || operations(document).iter().any(|(.., operation)| operation.contains_key("x-resource"))
        || schemas.any(|(_, schema)| schema.get("x-rust-name").is_some())
}

impl Side {
    fn of(document: Document, kind: Kind) -> Result<Self> {
        let normalized = match kind {
            Kind::Api => normalize(&document)?,
            Kind::Webhooks => normalize_webhooks(&document)?,
        };
        let api = match kind {
            Kind::Api => lower(&normalized),
            Kind::Webhooks => events(&normalized).map_err(|error| document.locate(error))?,
        };
        let types: BTreeMap<String, TypeItem> =
            types(&normalized)?.into_iter().map(|item| (item.name.clone(), item)).collect();
        let places = Places::of(document, &api, &types, &normalized.operations);
        Ok(Self { kind, api, types, places })
    }

    /// Every operation, with its resource.
    pub(super) fn operations(&self) -> impl Iterator<Item = (&Resource, &Operation)> {
        self.api.resources.iter().flat_map(|resource| resource.operations.iter().map(move |it| (resource, it)))
    }

    /// How a type is used.
    pub(super) fn usage(&self, name: &str) -> Use {
        self.api.uses.get(name).cloned().unwrap_or_default()
    }

    /// The types that the bindings have: those that some operation reaches.
    pub(super) fn reached(&self) -> impl Iterator<Item = &TypeItem> {
        self.types.values().filter(|item| self.api.uses.get(&item.name).is_some_and(|it| !it.resources.is_empty()))
    }
}
