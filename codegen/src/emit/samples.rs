//! Sample payloads for tests of webhook handlers: JSON with a value in every field.
//!
//! The values depend on the types and names of the fields, not on the examples in the document.

use serde_json::{Map, Value, json};

use super::{Context, examples};
use crate::model::api::{Field, Struct, Type, TypeKind};

/// The maximum number of values in a sample. Without this limit, types that contain each other would make samples huge.
const MAX_VALUES: usize = 1_000;
const MAX_DEPTH: usize = 32;

/// Returns a sample value of a type.
pub(super) fn sample(context: &Context<'_>, name: &str) -> Value {
    Sample { context, parents: Vec::new(), values: 0 }.named(name).unwrap_or_else(|| json!({}))
}

struct Sample<'a, 'c> {
    context: &'c Context<'a>,
    /// The names of the types that enclose the current value.
    parents: Vec<String>,
    /// The number of values in the sample so far.
    values: usize,
}

impl Sample<'_, '_> {
    /// Returns a value of a type, or `None` if the type encloses itself or a limit is reached.
    fn named(&mut self, name: &str) -> Option<Value> {
        let is_full = self.values >= MAX_VALUES || self.parents.len() >= MAX_DEPTH;
        if is_full || self.parents.iter().any(|parent| parent == name) {
            return None;
        }
        self.parents.push(name.to_owned());
        let item = self.context.types.get(name).copied();
        let sample = item.and_then(|item| self.shape(&item.kind));
        self.parents.pop();
        sample
    }

    fn shape(&mut self, shape: &TypeKind) -> Option<Value> {
        Some(match shape {
            TypeKind::Enum(variants) => json!(examples::usual(variants)?.wire),
            TypeKind::Tagged(tagged) => {
                let (variant, ty) = tagged.variants.first()?;
                json!({&tagged.tag: variant.wire, &tagged.content: self.named(ty)?})
            }
            TypeKind::Union(union) => union.variants.iter().find_map(|(_, ty)| match ty {
                Type::Named(name) => self.named(name),
                Type::Boxed(_) => None,
                ty => Some(json!(examples::text(&ty.to_string()))),
            })?,
            TypeKind::Struct(record) => self.record(record),
            // A payload never contains the result of an operation.
            TypeKind::ByStatus(_) => return None,
        })
    }

    fn record(&mut self, record: &Struct) -> Value {
        if let (true, Some(field)) = (record.transparent, record.fields.first()) {
            return self.value(field, &field.ty).unwrap_or_default();
        }
        let known = record.fields.iter().filter(|field| !field.flatten);
        let fields = known.filter_map(|field| Some((field.wire.clone(), self.value(field, &field.ty)?)));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    fn value(&mut self, field: &Field, ty: &Type) -> Option<Value> {
        if self.values >= MAX_VALUES {
            return None;
        }
        self.values += 1;
        Some(match ty {
            Type::Text => json!(examples::text(&field.wire)),
            Type::Integer => json!(examples::integer(&field.wire)),
            Type::Decimal => json!("10.0"),
            Type::Boolean => json!(true),
            Type::Date => json!("2026-01-31"),
            Type::DateTime => json!("2026-01-31T12:00:00.000-08:00"),
            Type::Period => json!("1/1/26 - 1/31/26"),
            Type::Json => json!({}),
            Type::List(item) => Value::Array(self.value(field, item).into_iter().collect()),
            Type::Map(values) => self.value(field, values).map_or_else(|| json!({}), |value| json!({"key": value})),
            Type::Boxed(inner) | Type::Optional(inner) => self.value(field, inner)?,
            Type::Named(name) => self.named(name)?,
        })
    }
}
