//! The API with lookup tables for the emitters: types by name, types by folder, and operations by the types they use.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::folder_of;
use crate::model::api::{Api, Envelope, Operation, Resource, Role, TypeItem, TypeKind, Use};

#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The path from which modules import the types.
    pub(super) home: &'static str,
    pub(super) api: &'a Api,
    pub(super) types: BTreeMap<&'a str, &'a TypeItem>,
    /// The types in each folder, keyed by the folder's name.
    pub(super) folders: BTreeMap<&'a str, Vec<&'a TypeItem>>,
    /// For each type name, the operations that use the type as their query, body or result.
    users: HashMap<&'a str, Vec<(&'a Resource, &'a Operation)>>,
    /// The result types whose value may be missing from the envelope.
    optional_results: HashSet<&'a str>,
}

impl<'a> Context<'a> {
    pub(super) fn new(home: &'static str, api: &'a Api, types: &'a [TypeItem]) -> Self {
        let types: BTreeMap<_, _> = types.iter().map(|item| (item.name.as_str(), item)).collect();
        let (folders, users, optional_results) = (BTreeMap::new(), HashMap::new(), HashSet::new());
        let mut context = Self { home, api, types, folders, users, optional_results };
        for (name, item) in &context.types {
            if let Some(folder) = folder_of(context.usage(name)) {
                context.folders.entry(folder).or_default().push(item);
            }
        }
        for item in context.types.values() {
            if let TypeKind::ByStatus(variants) = &item.kind {
                let values = variants.iter().filter_map(|variant| variant.value.as_ref());
                let optional = values.filter(|(_, envelope)| *envelope == Envelope::OrDefault);
                context.optional_results.extend(optional.map(|(name, _)| name.as_str()));
            }
        }
        for (_, operation) in api.operations() {
            if operation.output.envelope() == Some(Envelope::OrDefault) {
                context.optional_results.insert(&operation.output.name);
            }
        }
        for resource in &api.resources {
            for operation in &resource.operations {
                let inputs = operation.query.as_deref().into_iter().chain(operation.body.type_name());
                let results = operation.output.is_generated().then_some(operation.output.name.as_str());
                for name in inputs.chain(results) {
                    context.users.entry(name).or_default().push((resource, operation));
                }
            }
        }
        context
    }

    pub(super) fn usage(&self, name: &str) -> &'a Use {
        static UNUSED: Use = Use { request: false, response: false, resources: Vec::new(), role: Role::Inner };
        self.api.uses.get(name).unwrap_or(&UNUSED)
    }

    /// Returns the operations whose result is the given type.
    pub(super) fn returning(&self, name: &str) -> impl Iterator<Item = &'a Operation> {
        let users = self.users.get(name).into_iter().flatten().map(|(_, operation)| *operation);
        users.filter(move |operation| operation.output.name == name)
    }

    /// Returns whether a result of this type may be missing from its envelope.
    pub(super) fn may_be_missing(&self, name: &str) -> bool {
        self.optional_results.contains(name)
    }

    /// Describes a type by the methods that take or return it, as in "The result of `people().find`."
    pub(super) fn purpose(&self, name: &str) -> Option<String> {
        let users = self.users.get(name)?;
        let purpose = |operation: &Operation| match operation {
            _ if operation.output.name == name => "The result",
            _ if operation.query.as_deref() == Some(name) => "The query parameters",
            _ => "The request data",
        };
        let (resource, first) = users.first()?;
        let has_others = users.iter().any(|(_, other)| other.id != first.id && purpose(other) == purpose(first));
        let others = if has_others { " and of other methods" } else { "" };
        Some(format!("{} of `{}().{}`{others}.", purpose(first), resource.module, first.method))
    }
}
