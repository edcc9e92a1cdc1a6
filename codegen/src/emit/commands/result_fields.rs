//! The names of the fields of a result, with which the program checks the chosen columns.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Context;
use crate::model::api::{Output, Struct, Type, TypeKind};

/// Returns the names of all fields in a result, at any depth. The name of a field that can contain other fields ends with `.*`.
/// The names are separated by spaces. Returns `None` if the result itself can contain other fields.
pub(super) fn result_fields(context: &Context<'_>, output: &Output) -> Option<String> {
    let mut fields = Fields { context, names: BTreeSet::new(), complete: BTreeMap::new() };
    let is_complete = fields.add_named(&output.name) && fields.names.iter().all(|name| !name.contains(' '));
    (is_complete && !fields.names.is_empty()).then(|| fields.names.into_iter().collect::<Vec<_>>().join(" "))
}

struct Fields<'a, 'c> {
    context: &'c Context<'a>,
    names: BTreeSet<String>,
    /// Whether each visited type has no other fields. Until that is known, because a type can contain itself, it is `true`.
    complete: BTreeMap<String, bool>,
}

/// Each method adds the fields of a value, and returns whether it has no other fields.
impl Fields<'_, '_> {
    fn add_named(&mut self, name: &str) -> bool {
        if let Some(is_complete) = self.complete.get(name) {
            return *is_complete;
        }
        self.complete.insert(name.to_owned(), true);
        let is_complete = self.context.types.get(name).is_some_and(|item| self.add_kind(&item.kind));
        self.complete.insert(name.to_owned(), is_complete);
        is_complete
    }

    fn add_kind(&mut self, kind: &TypeKind) -> bool {
        match kind {
            TypeKind::Enum(_) => true,
            TypeKind::Struct(record) => self.add_record(record),
            TypeKind::Tagged(tagged) => {
                self.names.extend([tagged.tag.clone(), tagged.content.clone()]);
                self.all(tagged.variants.iter(), |fields, (_, name)| fields.add_named(name))
            }
            TypeKind::Union(union) => self.all(union.variants.iter(), |fields, (_, ty)| fields.add(ty)),
            TypeKind::ByStatus(variants) => {
                let values = variants.iter().filter_map(|variant| variant.value.as_ref());
                self.all(values, |fields, (name, _)| fields.add_named(name))
            }
        }
    }

    fn add_record(&mut self, record: &Struct) -> bool {
        if let (true, Some(field)) = (record.transparent, record.fields.first()) {
            return self.add(&field.ty);
        }
        self.names.extend(record.constant.iter().map(|(name, _)| name.clone()));
        self.all(record.fields.iter(), |fields, field| {
            if field.flatten {
                return false;
            }
            let name = if fields.add(&field.ty) { field.wire.clone() } else { format!("{}.*", field.wire) };
            fields.names.insert(name);
            true
        })
    }

    fn add(&mut self, ty: &Type) -> bool {
        match ty {
            Type::Json | Type::Map(_) => false,
            Type::List(inner) | Type::Boxed(inner) | Type::Optional(inner) => self.add(inner),
            Type::Named(name) => self.add_named(name),
            Type::Text | Type::Integer | Type::Decimal | Type::Boolean | Type::Date | Type::DateTime | Type::Period => {
                true
            }
        }
    }

    /// Adds the fields of all values, even if one of them can have other fields.
    fn all<T>(&mut self, values: impl Iterator<Item = T>, add: impl Fn(&mut Self, T) -> bool) -> bool {
        let complete: Vec<_> = values.map(|value| add(self, value)).collect();
        complete.into_iter().all(|is_complete| is_complete)
    }
}
