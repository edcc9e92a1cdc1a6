//! The items of the bindings, with the attributes that affect users of the crate.

use std::collections::{BTreeMap, BTreeSet};

use super::ItemKind;
use crate::model::api::Type;

/// An item of the bindings: a resource, an operation, a webhook, a type, or a part of one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) kind: ItemKind,
    /// The Rust name.
    pub(super) name: String,
    /// The pointer to the item in the document.
    pub(super) pointer: Option<String>,
    /// The keys that identify the item in both documents, the most reliable one first.
    pub(super) identity: Vec<String>,
    /// The attributes, by their name in [`RULES`](super::rules::RULES).
    pub(super) attributes: BTreeMap<&'static str, String>,
    /// A value that must be equal in two items for them to be similar.
    pub(super) equal: String,
    /// The features of the item. Two items are similar if they share enough features.
    pub(super) features: BTreeSet<String>,
    /// Whether programs must pass a value for the item.
    pub(super) is_required: bool,
    /// Whether the item is a value in a request. The addition or removal of such an item is not reported, because the value is
    /// also an argument or a field.
    pub(super) is_sent: bool,
    /// The type of the item, if any. The type is reported if the item is added or removed.
    pub(super) value: Option<String>,
    /// A note that is reported if the item is added, or if it is removed and not required.
    pub(super) note: Option<String>,
    /// The types and resources used by the item, by role.
    pub(super) links: BTreeMap<String, String>,
    pub(super) children: Vec<Item>,
}

impl Item {
    pub(super) fn new<const N: usize>(
        kind: ItemKind,
        name: &str,
        pointer: impl Into<Option<String>>,
        identity: [&str; N],
    ) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            pointer: pointer.into(),
            identity: identity.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// Sets an attribute, unless the value is `None`.
    pub(super) fn with<'v>(mut self, attribute: &'static str, value: impl Into<Option<&'v str>>) -> Self {
        self.attributes.extend(value.into().map(|value| (attribute, value.to_owned())));
        self
    }

    /// Links the item to a type or resource.
    pub(super) fn link<'v>(mut self, role: &str, name: impl Into<Option<&'v str>>) -> Self {
        self.links.extend(name.into().map(|name| (role.to_owned(), name.to_owned())));
        self
    }

    pub(super) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.get(attribute).map(String::as_str)
    }
}

/// Returns the name of the generated type inside a type, such as the item type of a list.
pub(crate) fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Named(name) => Some(name),
        Type::List(inner) | Type::Map(inner) | Type::Boxed(inner) | Type::Optional(inner) => named(inner),
        _ => None,
    }
}
