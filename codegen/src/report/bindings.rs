//! The bindings for a complete description, as data that can be looked up by operation and by type name.

use std::collections::BTreeMap;

use crate::describe::DocumentKind;
use crate::model::api::{Api, Event, TypeItem};
use crate::model::lower::lower;
use crate::model::normalize::Normalized;

/// The bindings for one description.
#[derive(Debug)]
pub(crate) struct Bindings {
    pub(crate) kind: DocumentKind,
    pub(crate) normalized: Normalized,
    /// The model of the API. In the webhooks document, each webhook is an operation.
    pub(crate) api: Api,
    pub(crate) types: BTreeMap<String, TypeItem>,
    pub(crate) events: Vec<Event>,
}

impl Bindings {
    pub(crate) fn new(kind: DocumentKind, normalized: Normalized, api: Api, types: Vec<TypeItem>) -> Self {
        let types = types.into_iter().map(|item| (item.name.clone(), item)).collect();
        let events = api.events.clone();
        // For the webhooks document, `api` contains only the events. The operations are lowered here.
        let api = if kind == DocumentKind::Webhooks { lower(&normalized) } else { api };
        Self { kind, normalized, api, types, events }
    }

    pub(crate) fn is_webhooks(&self) -> bool {
        self.kind == DocumentKind::Webhooks
    }
}
