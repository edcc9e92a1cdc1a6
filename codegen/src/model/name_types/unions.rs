//! Reads the branches of unions that can be distinguished.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Result;
use crate::model::name_types::{TypeNames, joined};
use crate::model::schema::{ComponentKind, Property, Schema, Test, Union};
use crate::openapi::node::Node;
use crate::openapi::schema::{Conflict, SchemaKind};
use crate::openapi::union::{self, UnionBranch};
use crate::source::document::child;

impl<'a> TypeNames<'a> {
    /// Reads the branches of a union. Each branch becomes a variant.
    pub(super) fn branches(&mut self, union: &union::Union<'a>, node: &Node<'a>, name: &str) -> Result<Union> {
        let mut variants = Vec::new();
        for (index, UnionBranch { node: branch, kind, is_merged, .. }) in union.branches.iter().enumerate() {
            let label = union.label(index);
            let inner = joined(name, &label);
            let property = if *is_merged {
                // Outside this union, the same schema is used without the merged properties and is a different type. The type of
                // this branch is therefore recorded under a pointer of its own.
                let key = child(&child(&node.pointer, "x-branch"), &index.to_string());
                let mut kind = kind.clone();
                if let SchemaKind::Object(object) = &mut kind {
                    let conflicts = std::mem::take(&mut object.conflicts);
                    object.conflicts = conflicts.into_iter().map(Conflict::without_merging).collect();
                }
                self.property_of(&branch.with_pointer(key), &kind, &inner)
            } else {
                self.property(branch, &inner)
            }?;
            variants.push((label, property.schema));
        }
        Ok(Union { tag: union.tag.map(str::to_owned), variants, tests: union.tests.clone() })
    }

    /// If an object has the same tag value in all unions, replaces the tag property with a constant. Other objects keep the tag as
    /// a property.
    pub(super) fn set_constants(&mut self) {
        let mut found: BTreeMap<String, Vec<(String, Value)>> = BTreeMap::new();
        for component in self.components.values() {
            let ComponentKind::Union(union) = &component.kind else { continue };
            for (index, test) in &union.tests {
                let name = union.variants.get(*index).and_then(|(_, schema)| schema.component());
                if let (Some(name), Test::Tag(tag, values)) = (name, test) {
                    let tags = found.entry(name.to_owned()).or_default();
                    tags.extend(values.iter().map(|value| (tag.clone(), value.clone())));
                }
            }
        }
        for (name, mut tags) in found {
            tags.dedup();
            let Some(ComponentKind::Object(object)) = self.components.get_mut(&name).map(|it| &mut it.kind) else {
                continue;
            };
            let is_open = object.properties.iter().any(|(_, property)| property.flatten);
            if let ([(tag, Value::String(value))], false) = (tags.as_slice(), is_open) {
                object.properties.retain(|(key, _)| key != tag);
                object.required.retain(|key| key != tag);
                object.constant = Some((tag.clone(), value.clone()));
                continue;
            }
            for (tag, _) in tags {
                if object.property(&tag).is_none() {
                    object.properties.push((tag.clone(), Property::from(Schema::String(None))));
                    object.required.push(tag);
                }
            }
        }
    }
}
