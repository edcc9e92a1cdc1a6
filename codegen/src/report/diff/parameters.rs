//! Lists the headers of operations, and the styles of their query parameters.

use std::collections::BTreeSet;

use super::ItemKind;
use super::item::Item;
use crate::model::api::{Header, HeaderSource, Operation, Type};

/// The consequence of a new argument.
pub(super) const NEW_ARGUMENT: &str = "every call must now pass this argument";

/// Adds the headers and the styles of the query parameters to an operation. `keys` contains the names of the query parameters.
pub(super) fn described(item: Item, operation: &Operation, keys: Option<BTreeSet<String>>) -> Item {
    let style = |key: String| {
        let style = operation.query_styles.iter().find(|(name, _)| *name == key);
        format!("{key} {}", style.map_or_else(|| "form".to_owned(), |(_, style)| style.to_string()))
    };
    let styles = keys.map(|keys| keys.into_iter().map(style).collect::<Vec<_>>().join(", "));
    item.with("styles of the query parameters", styles.as_deref())
        .with("constant headers", list(operation, constant).as_deref())
        .with("optional headers", list(operation, optional).as_deref())
        .with("order of the header arguments", list(operation, argument).as_deref())
}

/// Applies `part` to all headers, and joins the results with commas.
fn list(operation: &Operation, part: fn(&Header) -> Option<String>) -> Option<String> {
    let parts: Vec<_> = operation.headers.iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn constant(header: &Header) -> Option<String> {
    let HeaderSource::Constant(value) = &header.source else { return None };
    Some(format!("{}: {value}", header.name))
}

fn optional(header: &Header) -> Option<String> {
    (header.source == HeaderSource::Optional).then(|| header.name.clone())
}

fn argument(header: &Header) -> Option<String> {
    matches!(header.source, HeaderSource::Argument { .. }).then(|| header.name.to_ascii_lowercase())
}

/// Returns the item of a header that is an argument of the method.
pub(super) fn header_argument(method: &str, place: &str, header: &Header) -> Option<Item> {
    let HeaderSource::Argument { name, ty } = &header.source else { return None };
    let ty = match ty {
        Type::Integer => "i64",
        Type::Boolean => "bool",
        _ => "impl AsRef<str>",
    };
    let key = format!("header {}", header.name.to_ascii_lowercase());
    let item = Item::new(ItemKind::Argument, &format!("{method}({name})"), place.to_owned(), [&*key]);
    let note = Some(NEW_ARGUMENT.to_owned());
    Some(Item {
        is_required: true,
        value: Some(ty.to_owned()),
        note,
        ..item.with("type", ty).with("positional", &**name)
    })
}
