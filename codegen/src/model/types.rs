//! Determines the Rust type of every component. Progenitor chooses the types. This module adds the names on the wire, the
//! documentation, and the rules for absent values.

use std::collections::{HashMap, HashSet};

use crate::Result;
use crate::model::api::{self, Field, Struct, Tagged, Type, TypeItem, TypeKind, Variant};
use crate::model::names;
use crate::model::normalize::Normalized;
use crate::model::progenitor::{Chosen, choose, variant_field};
use crate::model::schema::{Component, ComponentKind, Object, TaggedUnion, Union};
use crate::source::large_stack::on_large_stack;

/// Determines the types of all components.
///
/// # Errors
///
/// Returns an error if progenitor fails or panics.
pub fn types(normalized: &Normalized) -> Result<Vec<TypeItem>> {
    on_large_stack(|| {
        let chosen = choose(&normalized.components)?;
        normalized.components.iter().map(|(name, component)| type_item(name, component, &chosen)).collect()
    })
}

fn type_item(name: &str, component: &Component, chosen: &Chosen) -> Result<TypeItem> {
    let kind = match &component.kind {
        ComponentKind::Object(object) => TypeKind::Struct(record(name, object, chosen)?),
        ComponentKind::Enum(values) => {
            let names = names::variants(values.iter().map(|(wire, _)| wire.as_str())).into_iter().zip(values);
            TypeKind::Enum(
                names.map(|(name, (wire, doc))| Variant { doc: doc.clone(), ..variant(name, wire) }).collect(),
            )
        }
        ComponentKind::Tagged(union) => TypeKind::Tagged(tagged(name, union, chosen)?),
        ComponentKind::Union(Union { tag, variants, tests }) => {
            let names = names::variants(variants.iter().map(|(label, _)| label.as_str())).into_iter().enumerate();
            let variants = names.zip(variants).map(|((index, variant), (label, _))| {
                Ok((self::variant(variant, label), chosen.field(name, &variant_field(index))?))
            });
            let variants = variants.collect::<Result<_>>()?;
            TypeKind::Union(api::Union { tag: tag.clone(), variants, tests: tests.clone() })
        }
        ComponentKind::ByStatus(variants) => TypeKind::ByStatus(variants.clone()),
    };
    let (doc, deprecated) = (component.description.clone(), component.deprecated);
    Ok(TypeItem { name: name.to_owned(), doc, deprecated, kind })
}

fn record(name: &str, object: &Object, chosen: &Chosen) -> Result<Struct> {
    let names = object.field_names();
    let required: HashSet<&str> = object.required.iter().map(String::as_str).collect();
    let fields = object.properties.iter().zip(&names).map(|((wire, property), field)| {
        Ok(Field {
            name: field.clone(),
            wire: wire.clone(),
            doc: property.description.clone(),
            deprecated: property.deprecated,
            ty: chosen.field(name, field)?,
            required: required.contains(wire.as_str()),
            nullable: property.nullable,
            empty_is_null: property.empty_is_null,
            flatten: property.flatten,
            read_only: property.read_only && !property.write_only,
            write_only: property.write_only && !property.read_only,
        })
    });
    let fields = fields.collect::<Result<_>>()?;
    let by_wire: HashMap<&String, &String> = object.properties.iter().map(|(wire, _)| wire).zip(&names).collect();
    let required = object.required.iter().filter_map(|wire| Some((*by_wire.get(wire)?).clone())).collect();
    Ok(Struct { fields, required, transparent: object.transparent, constant: object.constant.clone() })
}

fn tagged(name: &str, union: &TaggedUnion, chosen: &Chosen) -> Result<Tagged> {
    let mut boxed = Vec::new();
    for (index, (_, component)) in union.variants.iter().enumerate() {
        if matches!(chosen.field(name, &variant_field(index))?, Type::Boxed(_)) {
            boxed.push(component.clone());
        }
    }
    let names = names::variants(union.variants.iter().map(|(value, _)| value.as_str()));
    let variants = names.into_iter().zip(&union.variants);
    Ok(Tagged {
        tag: union.tag.clone(),
        content: union.content.clone(),
        variants: variants.map(|(name, (wire, component))| (variant(name, wire), component.clone())).collect(),
        boxed,
    })
}

fn variant(name: String, wire: &str) -> Variant {
    Variant { name, wire: wire.to_owned(), doc: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Progenitor changes `AB` to `Ab`, so it must not choose the names of variants.
    #[test]
    fn keeps_variant_names_that_differ_only_in_case() {
        let kind = ComponentKind::Enum(vec![("a_b".to_owned(), None), ("ab".to_owned(), None)]);
        let grade = Component { description: None, deprecated: false, kind };
        let components = [("Grade".to_owned(), grade)].into();
        let types = types(&Normalized { components, ..Normalized::default() }).unwrap();
        let TypeKind::Enum(variants) = &types[0].kind else { panic!("{types:?}") };
        let names: Vec<_> = variants.iter().map(|variant| (variant.name.as_str(), variant.wire.as_str())).collect();
        assert_eq!(names, [("AB", "a_b"), ("Ab", "ab")]);
    }
}
