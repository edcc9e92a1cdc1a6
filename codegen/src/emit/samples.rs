//! A sample of each payload: JSON that has every field, so that handlers can be tried without the vendor.
//!
//! It follows from the types and the names of the fields alone, and from no sample of the document.

use serde_json::{Map, Value, json};

use super::{Context, examples};
use crate::api::{Field, Record, Shape, Type};

/// A sample of a type.
pub(super) fn sample(context: &Context<'_>, name: &str) -> Value {
    named(context, name, &[]).unwrap_or_else(|| json!({}))
}

/// A sample of a type inside of others; none if it is one of them itself.
fn named(context: &Context<'_>, name: &str, around: &[&str]) -> Option<Value> {
    if around.contains(&name) {
        return None;
    }
    let around = &[around, &[name]].concat();
    Some(match &context.types.get(name)?.shape {
        Shape::Enum(variants) => Value::from(variants.first()?.wire.clone()),
        Shape::Tagged(tagged) => {
            let (variant, ty) = tagged.variants.first()?;
            json!({&tagged.tag: variant.wire, &tagged.content: named(context, ty, around)?})
        }
        Shape::Record(record) => self::record(context, record, around),
    })
}

fn record(context: &Context<'_>, record: &Record, around: &[&str]) -> Value {
    if let (true, Some(field)) = (record.transparent, record.fields.first()) {
        return value(context, field, &field.ty, around).unwrap_or_default();
    }
    let known = record.fields.iter().filter(|field| !field.flatten);
    let fields = known.filter_map(|field| Some((field.wire.clone(), value(context, field, &field.ty, around)?)));
    Value::Object(fields.collect::<Map<_, _>>())
}

fn value(context: &Context<'_>, field: &Field, ty: &Type, around: &[&str]) -> Option<Value> {
    Some(match ty {
        Type::Text => json!(examples::text(&field.wire)),
        Type::Integer => json!(examples::integer(&field.wire)),
        Type::Decimal => json!("10.0"),
        Type::Boolean => json!(true),
        Type::Date => json!("2026-01-31"),
        Type::DateTime => json!("2026-01-31T12:00:00.000-08:00"),
        Type::Json => json!({}),
        Type::List(item) => Value::Array(value(context, field, item, around).into_iter().collect()),
        Type::Map(values) => {
            let entry = value(context, field, values, around).map(|value| ("key".to_owned(), value));
            Value::Object(entry.into_iter().collect())
        }
        Type::Boxed(inner) | Type::Optional(inner) => value(context, field, inner, around)?,
        Type::Named(name) => named(context, name, around)?,
    })
}
