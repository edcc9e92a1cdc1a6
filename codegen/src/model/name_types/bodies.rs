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
        let site = record.property("site_slug").map(|_| "site_slug");
        let node = if site.is_some() { self.body_node(node, name) } else { node.clone() };
        self.queue(&node, record, name, site)
    }

    /// Reads a union that is a request body.
    pub(crate) fn union_body(&mut self, node: &Node<'a>, union: &Union<'a>, name: &str) -> Result<Property> {
        let (mut union, mut node) = (union.clone(), node.clone());
        if union.has_site_slug() {
            omit_site_slug(&mut union);
            node = self.body_node(&node, name);
        }
        self.property_of(&node, &SchemaKind::Union(union), name)
    }

    /// Returns the node under which the type of a request body without `site_slug` is recorded. If a type with `site_slug` already
    /// exists, because a response has the same schema, the body gets another type.
    fn body_node(&mut self, node: &Node<'a>, name: &str) -> Node<'a> {
        let known = self.name(node, name);
        if self.started.contains(&known) && !self.bodies.contains(&known) {
            return node.with_pointer(child(&node.pointer, "x-body"));
        }
        self.bodies.insert(known);
        node.clone()
    }
}

fn omit_site_slug(union: &mut Union<'_>) {
    for branch in &mut union.branches {
        match &mut branch.kind {
            SchemaKind::Object(object) if object.property("site_slug").is_some() => {
                object.properties.retain(|(key, _)| *key != "site_slug");
                object.required.retain(|key| *key != "site_slug");
                branch.is_merged = true;
            }
            SchemaKind::Union(inner) => omit_site_slug(inner),
            _ => {}
        }
    }
}
