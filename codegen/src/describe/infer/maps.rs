//! Decides which objects of the examples are maps.
//!
//! An object is a map if an object under the same key is empty in an example, if it has too many keys, or if most of its keys look
//! like data.

use std::collections::{BTreeMap, BTreeSet};

use crate::describe::infer::record_types::Root;
use crate::describe::infer::shape::{ObjectShape, Shape, ValueKind};

/// The maximum number of fields in a record. An object with more keys is treated as a map. Real records have a few dozen fields.
const MAX_FIELDS: usize = 1_000;

/// Returns the keys under which every object is treated as a map. A key is included if at least one example has an empty object
/// under it, and the values in all objects under it have a common shape.
#[must_use]
pub fn map_keys(roots: &[Root]) -> BTreeSet<String> {
    fn collect<'a>(key: &'a str, shape: &'a Shape, found: &mut BTreeMap<&'a str, Vec<&'a ObjectShape>>) {
        match &shape.kind {
            ValueKind::List(inner) | ValueKind::Map(inner) => collect(key, inner, found),
            ValueKind::Object(record) => {
                found.entry(key).or_default().push(record);
                record.fields.iter().for_each(|(key, field)| collect(key, &field.shape, found));
            }
            _ => {}
        }
    }
    let mut found = BTreeMap::new();
    for root in roots {
        collect("", &root.shape, &mut found);
    }
    let is_map = |records: &[&ObjectShape]| {
        let values = records.iter().flat_map(|record| record.fields.values().map(|field| field.shape.clone()));
        records.iter().any(|record| record.empty) && Shape::all(values).kind != ValueKind::Any
    };
    let maps = found.into_iter().filter(|(key, records)| !key.is_empty() && is_map(records));
    maps.map(|(key, _)| key.to_owned()).collect()
}

/// Turns each object in a shape into a map if it is under one of the given keys, if it has too many keys, or if most of its keys
/// look like data.
#[must_use]
pub fn with_maps(key: &str, shape: Shape, keys: &BTreeSet<String>) -> Shape {
    let kind = match shape.kind {
        ValueKind::List(inner) => ValueKind::List(Box::new(with_maps(key, *inner, keys))),
        ValueKind::Map(inner) => ValueKind::Map(Box::new(with_maps(key, *inner, keys))),
        ValueKind::Object(mut record) => {
            for (key, field) in &mut record.fields {
                let inner = std::mem::replace(&mut field.shape, Shape::NEVER);
                field.shape = with_maps(key, inner, keys);
            }
            let count = record.fields.len();
            let data = record.fields.keys().filter(|key| is_data(key)).count();
            if count > MAX_FIELDS || 2 * data > count || keys.contains(key) {
                // The joined values are converted as well, because joining can produce an object that has too many keys.
                ValueKind::Map(Box::new(with_maps("", record.values(), &BTreeSet::new())))
            } else {
                ValueKind::Object(record)
            }
        }
        kind => kind,
    };
    Shape { kind, ..shape }
}

/// Returns whether a key looks like data, such as a date, a number, an e-mail address or a URL. Names such as `utm-source`, `1st`
/// and `address_1` do not look like data.
fn is_data(key: &str) -> bool {
    let begins_like_a_name = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_identifier = begins_like_a_name && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let count = |is_kind: fn(char) -> bool| key.chars().filter(|character| is_kind(*character)).count();
    !is_identifier && (key.contains(['@', '/', ':']) || count(char::is_numeric) > count(char::is_alphabetic))
}
