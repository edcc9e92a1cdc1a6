//! The bindings for a complete description, as data that can be looked up by operation and by type name.

use std::collections::BTreeMap;

use crate::model::api::{Api, Event, TypeItem};
use crate::model::lower::lower;
use crate::model::normalize::Normalized;

/// The bindings for one description.
#[derive(Debug)]
pub(crate) struct Bindings {
    pub(crate) normalized: Normalized,
    /// The model of the API. In the webhooks document, each webhook is an operation.
    pub(crate) api: Api,
    pub(crate) types: BTreeMap<String, TypeItem>,
    pub(crate) events: Vec<Event>,
}

impl Bindings {
    pub(crate) fn new(normalized: Normalized, api: Api, types: Vec<TypeItem>) -> Self {
        let types = types.into_iter().map(|item| (item.name.clone(), item)).collect();
        // The API of the webhooks has no operations.
        Self { api: lower(&normalized), events: api.events, types, normalized }
    }
}
