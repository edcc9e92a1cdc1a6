//! Decides which objects of the examples are maps.
//!
//! An object is a map if an object under the same key is empty in an example, if it has too many keys, or if most of its keys look
//! like data.

use std::collections::{BTreeMap, BTreeSet};

use crate::describe::infer::record_types::Root;
use crate::describe::infer::shape::{ObjectShape, Shape, ValueKind};

/// The maximum number of fields in a record. An object with more keys is treated as a map. Real records have a few dozen fields.
const MAX_FIELDS: usize = 1_000;

/// The keys under which objects are treated as maps.
#[derive(Clone, Debug, Default)]
pub struct MapKeys {
    /// The keys under which every object is a map. The values of such a map are not affected.
    pub(crate) names: BTreeSet<String>,
    /// The keys under which an object is a map if the number of lists and maps around it is in the set.
    pub(crate) nested: BTreeMap<String, BTreeSet<usize>>,
}

/// Returns the keys under which every object is treated as a map. A key is included if at least one example has an empty object
/// under it, and the values in all objects under it have a common shape.
#[must_use]
pub fn map_keys(roots: &[Root]) -> MapKeys {
    fn collect<'a>(key: &'a str, shape: &'a Shape, found: &mut BTreeMap<&'a str, Vec<&'a ObjectShape>>) {
        match &shape.kind {
            ValueKind::List(inner) | ValueKind::Map(inner) => collect(key, inner, found),
            ValueKind::Object(record) => {
                found.entry(key).or_default().push(record);
                let has_data = has_data_as_keys(record);
                let fields = record.fields.iter();
                fields.for_each(|(key, field)| collect(if has_data { "" } else { key }, &field.shape, found));
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
    MapKeys { names: maps.map(|(key, _)| key.to_owned()).collect(), ..MapKeys::default() }
}

/// Turns each object in a shape into a map if it is under one of the given keys, if it has too many keys, or if most of its keys
/// look like data.
#[must_use]
pub fn with_maps(key: &str, shape: Shape, keys: &MapKeys) -> Shape {
    converted(Place { key, depth: 0, is_in_map: false }, shape, keys)
}

/// The location of a shape.
#[derive(Clone, Copy)]
struct Place<'k> {
    /// The closest key that is the name of a field.
    key: &'k str,
    /// The number of lists and maps between that field and the shape.
    depth: usize,
    /// Whether one of them is a map.
    is_in_map: bool,
}

fn converted(place: Place<'_>, shape: Shape, keys: &MapKeys) -> Shape {
    let inner = Place { depth: place.depth + 1, ..place };
    let value = Place { is_in_map: true, ..inner };
    let kind = match shape.kind {
        ValueKind::List(items) => ValueKind::List(Box::new(converted(inner, *items, keys))),
        ValueKind::Map(values) => ValueKind::Map(Box::new(converted(value, *values, keys))),
        ValueKind::Object(mut record) => {
            for (key, field) in &mut record.fields {
                let shape = std::mem::replace(&mut field.shape, Shape::NEVER);
                field.shape = with_maps(key, shape, keys);
            }
            let is_named = !place.is_in_map && keys.names.contains(place.key)
                || keys.nested.get(place.key).is_some_and(|depths| depths.contains(&place.depth));
            if record.fields.len() > MAX_FIELDS || has_data_as_keys(&record) || is_named {
                // The joined values are converted as well, because joining can produce an object that has too many keys.
                ValueKind::Map(Box::new(converted(value, record.values(), keys)))
            } else {
                ValueKind::Object(record)
            }
        }
        kind => kind,
    };
    Shape { kind, ..shape }
}

/// Adds a key to `maps` if `joined`, which covers `shape`, has a map where `shape` has an object. `depth` is the number of lists and
/// maps between the field with this key and the shapes.
pub(super) fn find_maps(
    key: &str,
    depth: usize,
    shape: &Shape,
    joined: &Shape,
    maps: &mut BTreeMap<String, BTreeSet<usize>>,
) {
    match (&shape.kind, &joined.kind) {
        (ValueKind::Object(_), ValueKind::Map(_)) => drop(maps.entry(key.to_owned()).or_default().insert(depth)),
        (ValueKind::List(shape), ValueKind::List(joined)) | (ValueKind::Map(shape), ValueKind::Map(joined)) => {
            find_maps(key, depth + 1, shape, joined, maps);
        }
        _ => {}
    }
}

/// Returns whether most keys of an object look like data.
fn has_data_as_keys(record: &ObjectShape) -> bool {
    2 * record.fields.keys().filter(|key| is_data(key)).count() > record.fields.len()
}

/// Returns whether a key looks like data, such as a date, a number, an e-mail address or a URL. Names such as `utm-source`, `1st`
/// and `address_1` do not look like data.
fn is_data(key: &str) -> bool {
    let begins_like_a_name = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let is_identifier = begins_like_a_name && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let count = |is_kind: fn(char) -> bool| key.chars().filter(|character| is_kind(*character)).count();
    !is_identifier && (key.contains(['@', '/', ':']) || count(char::is_numeric) > count(char::is_alphabetic))
}
