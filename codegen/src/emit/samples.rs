//! A sample of each payload: JSON that has every field, so that handlers can be tried without the vendor.
//!
//! It follows from the types and the names of the fields alone, and from no sample of the document.

use serde_json::{Map, Value, json};

use super::{Context, examples};
use crate::api::{Field, Record, Shape, Type};

/// How deeply a sample goes into what holds itself.
const DEEPEST: usize = 8;

/// A sample of a type.
pub(super) fn sample(context: &Context<'_>, name: &str) -> Value {
    named(context, name, 0).unwrap_or_else(|| json!({}))
}

fn named(context: &Context<'_>, name: &str, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    Some(match &context.types.get(name)?.shape {
        Shape::Enum(variants) => Value::from(variants.first()?.wire.clone()),
        Shape::Tagged(tagged) => {
            let (variant, ty) = tagged.variants.first()?;
            json!({&tagged.tag: variant.wire, &tagged.content: named(context, ty, depth + 1)?})
        }
        Shape::Record(record) => self::record(context, record, depth),
    })
}

fn record(context: &Context<'_>, record: &Record, depth: usize) -> Value {
    let known = record.fields.iter().filter(|field| !field.flatten);
    if let (true, Some(field)) = (record.transparent, record.fields.first()) {
        return value(context, field, &field.ty, depth).unwrap_or_default();
    }
    let fields = known.filter_map(|field| Some((field.wire.clone(), value(context, field, &field.ty, depth)?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(context: &Context<'_>, field: &Field, ty: &Type, depth: usize) -> Option<Value> {
    Some(match ty {
        Type::Text => json!(examples::text(&field.wire)),
        Type::Integer => json!(examples::integer(&field.wire)),
        Type::Decimal => json!("10.0"),
        Type::Boolean => json!(true),
        Type::Date => json!("2026-01-31"),
        Type::DateTime => json!("2026-01-31T12:00:00.000-08:00"),
        Type::Json => json!({}),
        Type::List(item) => Value::Array(value(context, field, item, depth).into_iter().collect()),
        Type::Map(values) => {
            let entry = value(context, field, values, depth).map(|value| ("key".to_owned(), value));
            Value::Object(entry.into_iter().collect())
        }
        Type::Boxed(inner) | Type::Optional(inner) => value(context, field, inner, depth)?,
        Type::Named(name) => named(context, name, depth + 1)?,
    })
}
