//! Names enums.

use super::TypeNames;
use crate::model::equal_schemas::wanted_name;
use crate::model::schema::{ComponentKind, Schema};
use crate::openapi::node::Node;
use crate::openapi::schema;

impl<'a> TypeNames<'a> {
    pub(super) fn string_enum(&mut self, node: &Node<'a>, values: &[String], name: &str) -> Schema {
        let wanted = wanted_name(node);
        let name = self.enum_name(node, name);
        if self.started.insert(name.clone()) {
            let all = wanted.as_deref().and_then(|wanted| self.shared.values(wanted)).unwrap_or(values);
            self.keep(&name, node, ComponentKind::Enum(schema::described_values(node, all)));
        }
        Schema::Component(name)
    }

    /// Names an enum. Enums for which the overlay requests the same name are one type.
    pub(super) fn enum_name(&mut self, node: &Node<'a>, name: &str) -> String {
        let Some(wanted) = wanted_name(node) else { return self.name(node, name) };
        let key = format!("enum {wanted}");
        let name = match self.types.get(&key) {
            Some(known) => known.clone(),
            None => self.name(node, name),
        };
        self.types.insert(key, name.clone());
        self.types.insert(node.pointer.clone(), name.clone());
        name
    }
}
