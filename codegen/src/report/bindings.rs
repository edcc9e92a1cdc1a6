//! The bindings of a complete description as data, with lookups by operation and by type name.

use std::collections::BTreeMap;

use crate::model::api::{Api, Event, Operation, Resource, TypeItem};
use crate::model::events::events;
use crate::model::lower::lower;
use crate::model::normalize::{Normalized, normalize, normalize_webhooks};
use crate::model::types::types;
use crate::report::DocumentKind;
use crate::{Document, Result};

/// The bindings of one description.
#[derive(Debug)]
pub(crate) struct Bindings {
    pub(crate) normalized: Normalized,
    /// Of webhooks too, each of which is an operation of its document.
    pub(crate) api: Api,
    pub(crate) types: BTreeMap<String, TypeItem>,
    pub(crate) events: Vec<Event>,
}

impl Bindings {
    pub(crate) fn new(document: &Document, kind: DocumentKind) -> Result<Self> {
        let (normalized, events) = match kind {
            DocumentKind::Api => (normalize(document)?, Vec::new()),
            DocumentKind::Webhooks => {
                let normalized = normalize_webhooks(document)?;
                let events = events(&normalized).map_err(|error| document.locate(error))?.events;
                (normalized, events)
            }
        };
        let types = types(&normalized)?.into_iter().map(|item| (item.name.clone(), item)).collect();
        Ok(Self { api: lower(&normalized), types, events, normalized })
    }

    /// All operations, each with its resource.
    pub(crate) fn operations(&self) -> impl Iterator<Item = (&Resource, &Operation)> {
        self.api.resources.iter().flat_map(|resource| resource.operations.iter().map(move |it| (resource, it)))
    }
}
