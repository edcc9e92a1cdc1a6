//! Writes types in Rust syntax, for messages and comparisons.

use crate::emit::is_optional;
use crate::model::api::{Field, Type, Use};

/// Writes a type in Rust syntax. `name` maps the name of each generated type to the name to write.
pub(super) fn spell<'a>(ty: &'a Type, name: &dyn Fn(&'a str) -> &'a str) -> String {
    match ty {
        Type::Text => "String".to_owned(),
        Type::Integer => "i64".to_owned(),
        Type::Decimal => "Decimal".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Date => "NaiveDate".to_owned(),
        Type::DateTime => "DateTime<FixedOffset>".to_owned(),
        Type::Json => "serde_json::Value".to_owned(),
        Type::List(item) => format!("Vec<{}>", spell(item, name)),
        Type::Map(value) => format!("BTreeMap<String, {}>", spell(value, name)),
        Type::Boxed(inner) => format!("Box<{}>", spell(inner, name)),
        Type::Optional(inner) => format!("Option<{}>", spell(inner, name)),
        Type::Named(ty) => name(ty).to_owned(),
    }
}

/// Writes the type of a field, including the `Option` around it.
pub(super) fn field<'a>(field: &'a Field, usage: &Use, name: &dyn Fn(&'a str) -> &'a str) -> String {
    let ty = spell(&field.ty, name);
    if is_optional(field, usage) { format!("Option<{ty}>") } else { ty }
}

/// Returns the name of the generated type inside a type, such as the item type of a list.
pub(crate) fn named(ty: &Type) -> Option<&str> {
    match ty {
        Type::Named(name) => Some(name),
        Type::List(inner) | Type::Map(inner) | Type::Boxed(inner) | Type::Optional(inner) => named(inner),
        _ => None,
    }
}
