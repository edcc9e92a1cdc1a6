//! Names the types of request bodies. They have no `site_slug`, because the client adds it.

use crate::Result;
use crate::model::name_types::TypeNames;
use crate::model::schema::{Property, Schema};
use crate::openapi::node::Node;
use crate::openapi::schema::{ObjectSchema, SchemaKind};
use crate::openapi::union::Union;
use crate::source::document::child;

impl<'a> TypeNames<'a> {
    /// Names the object of a request body and queues it to be read without `site_slug`.
    pub(crate) fn object_body(&mut self, node: &Node<'a>, record: &ObjectSchema<'a>, name: &str) -> Result<Schema> {
        let has_site = record.property("site_slug").is_some();
        let node = if has_site { self.body_node(node, name) } else { node.clone() };
        self.queue(&node, record, name, has_site)
    }

    /// Reads a union that is a request body.
    pub(crate) fn union_body(&mut self, node: &Node<'a>, union: &Union<'a>, name: &str) -> Result<Property> {
        let (mut union, mut node) = (union.clone(), node.clone());
        if union.has_site_slug() {
            omit_from_branches(&mut union);
            node = self.body_node(&node, name);
        }
        self.property_of(&node, &SchemaKind::Union(union), name)
    }

    /// Returns the node under which the type of a request body without `site_slug` is recorded. If a response that was read earlier
    /// has the same schema, its type contains `site_slug`, so the body gets another type. A response that is read later has the
    /// type of the body.
    fn body_node(&mut self, node: &Node<'a>, name: &str) -> Node<'a> {
        let known = self.name(node, name);
        if self.started.contains(&known) && !self.bodies.contains(&known) {
            return node.with_pointer(child(&node.pointer, "x-body"));
        }
        self.bodies.insert(known);
        node.clone()
    }
}

/// Removes `site_slug` from an object.
pub(super) fn omit_site_slug(record: &mut ObjectSchema<'_>) {
    record.properties.retain(|(key, _)| *key != "site_slug");
    record.required.retain(|key| *key != "site_slug");
}

/// Removes `site_slug` from the branches of a union that are objects.
fn omit_from_branches(union: &mut Union<'_>) {
    for branch in &mut union.branches {
        match &mut branch.kind {
            SchemaKind::Object(object) if object.property("site_slug").is_some() => {
                omit_site_slug(object);
                branch.is_merged = true;
            }
            SchemaKind::Union(inner) => omit_from_branches(inner),
            _ => {}
        }
    }
}
