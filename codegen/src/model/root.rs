//! Reads the lists at the root of a document: the resources, and the known error reasons.

use crate::Result;
use crate::model::names::{self, Names};
use crate::openapi::node::Node;

/// A known error reason (`x-error-reasons`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The name in the document.
    pub name: String,
    /// The name of the variant.
    pub variant: String,
    /// The description from the document.
    pub doc: Option<String>,
    /// The patterns of its messages, in which `*` matches any text.
    pub messages: Vec<String>,
    /// Whether the reason means that an object to which the request refers does not exist.
    pub not_found: bool,
}

/// Lists the known error reasons, and names their variants.
pub(super) fn reasons(root: &Node<'_>) -> Result<Vec<Reason>> {
    let mut names = Names::reasons();
    let reason = |node: Node<'_>| {
        let name = node.need("name")?.text()?;
        Ok(Reason {
            name: name.to_owned(),
            variant: names.give(&names::type_name(name)),
            doc: node.text_of("description")?.map(str::to_owned),
            messages: texts(&node, "messages")?,
            not_found: node.flag_of("not-found")?,
        })
    };
    root.items_of("x-error-reasons")?.into_iter().map(reason).collect()
}

/// Returns the strings in the array under a key.
pub(super) fn texts(node: &Node<'_>, key: &str) -> Result<Vec<String>> {
    node.items_of(key)?.iter().map(|item| Ok(item.text()?.to_owned())).collect()
}

/// Lists the documented resources. `x-resources` comes first, since it has precedence over tags.
pub(super) fn resources(root: &Node<'_>) -> Result<Vec<(String, Option<String>)>> {
    let mut resources = Vec::new();
    for (name, resource) in root.entries_of("x-resources")? {
        resources.push((name.to_owned(), resource.text_of("description")?.map(str::to_owned)));
    }
    for tag in root.items_of("tags")? {
        let description = tag.text_of("description")?.map(str::to_owned);
        resources.push((tag.need("name")?.text()?.to_owned(), description));
    }
    Ok(resources)
}
