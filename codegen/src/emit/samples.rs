//! A sample of each payload: JSON that has every field, so that handlers can be tried without the vendor.
//!
//! It follows from the types and the names of the fields alone, and from no sample of the document.

use serde_json::{Map, Value, json};

use super::{Context, examples};
use crate::model::api::{Field, Record, Shape, Type};

/// How many values a sample holds; of further ones there is none. Those that hold each other would multiply with each level, and
/// each kind of webhook has its sample.
const MOST: usize = 1_000;

/// How deeply types stand in each other in a sample.
const DEEPEST: usize = 32;

/// A sample of a type.
pub(super) fn sample(context: &Context<'_>, name: &str) -> Value {
    Sample { context, around: Vec::new(), values: 0 }.named(name).unwrap_or_else(|| json!({}))
}

/// A sample as it grows.
struct Sample<'a, 'c> {
    context: &'c Context<'a>,
    /// The types that the next value stands in.
    around: Vec<String>,
    /// How many values it has.
    values: usize,
}

impl Sample<'_, '_> {
    /// A sample of a type inside of others; none if it is one of them itself, or they are enough.
    fn named(&mut self, name: &str) -> Option<Value> {
        let too_much = self.values >= MOST || self.around.len() >= DEEPEST;
        if too_much || self.around.iter().any(|outer| outer == name) {
            return None;
        }
        self.around.push(name.to_owned());
        let item = self.context.types.get(name).copied();
        let sample = item.and_then(|item| self.shape(&item.shape));
        self.around.pop();
        sample
    }

    fn shape(&mut self, shape: &Shape) -> Option<Value> {
        Some(match shape {
            Shape::Enum(variants) => Value::from(examples::usual(variants)?.wire.clone()),
            Shape::Tagged(tagged) => {
                let (variant, ty) = tagged.variants.first()?;
                json!({&tagged.tag: variant.wire, &tagged.content: self.named(ty)?})
            }
            Shape::Record(record) => self.record(record),
        })
    }

    fn record(&mut self, record: &Record) -> Value {
        if let (true, Some(field)) = (record.transparent, record.fields.first()) {
            return self.value(field, &field.ty).unwrap_or_default();
        }
        let known = record.fields.iter().filter(|field| !field.flatten);
        let fields = known.filter_map(|field| Some((field.wire.clone(), self.value(field, &field.ty)?)));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    fn value(&mut self, field: &Field, ty: &Type) -> Option<Value> {
        if self.values >= MOST {
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
            Type::Json => json!({}),
            Type::List(item) => Value::Array(self.value(field, item).into_iter().collect()),
            Type::Map(values) => {
                let entry = self.value(field, values).map(|value| ("key".to_owned(), value));
                Value::Object(entry.into_iter().collect())
            }
            Type::Boxed(inner) | Type::Optional(inner) => self.value(field, inner)?,
            Type::Named(name) => self.named(name)?,
        })
    }
}
