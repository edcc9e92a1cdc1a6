//! Decoding of the fields of results and webhook payloads.
//!
//! The schemas are inferred from examples, so fields also accept values that a schema excludes but whose meaning is clear:
//!
//! | field | also accepts | as |
//! |---|---|---|
//! | text | a number | its digits |
//! | integer, decimal | a text that contains a number | the number |
//! | date and time | a date | midnight UTC |
//! | optional number, date, time or enum | `""` | `None` |
//! | list | null, `{}` | an empty list |
//! | map | null, `[]`, `""` | an empty map |
//! | value of a map of texts | any JSON | its JSON text, or no entry if it is null |
//!
//! All other values are errors, for example a list instead of a record. `tests/constructs/decoding.md` lists the outcomes for every
//! kind of field.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::Value;

/// The type of a field.
pub(crate) trait FromJson: for<'de> Deserialize<'de> {
    /// Reads a required value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// Reads an optional value.
    fn read_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::<Field<Self>>::deserialize(deserializer)?.map(|Field(value)| value))
    }

    /// Reads a value of a map. Entries without a value are skipped.
    fn read_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::read_optional(deserializer)
    }

    /// Reads an unknown field of a record. Fields without a value are skipped.
    fn read_other<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::read_optional(deserializer)
    }
}

impl FromJson for bool {}

impl FromJson for Value {
    fn read_other<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::deserialize(deserializer).map(Some)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_optional(deserializer)
    }

    fn read_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(T::read_optional(deserializer)?.map(Some))
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self::new)
    }

    fn read_optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(T::read_optional(deserializer)?.map(Self::new))
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EntriesVisitor(PhantomData))
    }
}

/// A value read with [`FromJson::read`].
pub(crate) struct Field<T>(pub(crate) T);

impl<'de, T: FromJson> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Self)
    }
}

/// A value read with [`FromJson::read_other`].
pub(crate) struct Other<T>(pub(crate) Option<T>);

impl<'de, T: FromJson> Deserialize<'de> for Other<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_other(deserializer).map(Self)
    }
}

struct Entry<T>(Option<T>);

impl<'de, T: FromJson> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read_entry(deserializer).map(Self)
    }
}

/// Skips the items of a list and returns their number.
///
/// `serde_json` reports an error at the place where it stopped reading. Because all items are read first, an error about the list is
/// not reported at one of its items.
pub(super) fn skip_items<'de, A: SeqAccess<'de>>(items: &mut A) -> Result<usize, A::Error> {
    let mut count = 0;
    while items.next_element::<IgnoredAny>()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Like [`skip_items`], for the entries of a map.
pub(super) fn skip_entries<'de, A: MapAccess<'de>>(entries: &mut A) -> Result<usize, A::Error> {
    let mut count = 0;
    while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
        count += 1;
    }
    Ok(count)
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: FromJson> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(Field(item)) = items.next_element()? {
            list.push(item);
        }
        Ok(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
        if skip_entries(&mut entries)? == 0 {
            Ok(Vec::new())
        } else {
            Err(A::Error::invalid_type(Unexpected::Map, &self))
        }
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: FromJson> Visitor<'de> for EntriesVisitor<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a map")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(BTreeMap::new())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        if value.is_empty() { Ok(BTreeMap::new()) } else { Err(E::invalid_type(Unexpected::Str(value), &self)) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        if skip_items(&mut items)? == 0 {
            Ok(BTreeMap::new())
        } else {
            Err(A::Error::invalid_type(Unexpected::Seq, &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = BTreeMap::new();
        // If a key occurs several times, its last value is used, even if that value is null.
        while let Some((key, Entry(value))) = entries.next_entry::<String, _>()? {
            match value {
                Some(value) => drop(map.insert(key, value)),
                None => drop(map.remove(&key)),
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read<T: FromJson>(json: &str) -> Result<T, String> {
        serde_json::from_str(json).map(|Field(value)| value).map_err(|error| error.to_string())
    }

    fn map<T: Clone, const N: usize>(entries: [(&str, T); N]) -> BTreeMap<String, T> {
        entries.map(|(key, value)| (key.to_owned(), value)).into()
    }

    #[test]
    fn reads_lists() {
        for json in ["[]", "null", "{}"] {
            assert_eq!(read(json), Ok(Vec::<i64>::new()), "{json}");
        }
        assert_eq!(read(r#"[7,"8"]"#), Ok(vec![7, 8]));
        assert_eq!(read(r#"[null,"",7]"#), Ok(vec![None, None, Some(7)]));
        for json in [r#"{"a":1}"#, r#""""#, "7", "[[]]", "[null]"] {
            read::<Vec<i64>>(json).expect_err(json);
        }
    }

    #[test]
    fn reads_maps() {
        for json in ["{}", "null", "[]", r#""""#, r#"{"a":null}"#, r#"{"a":""}"#, r#"{"a":1,"a":null}"#] {
            assert_eq!(read(json), Ok(BTreeMap::<String, i64>::new()), "{json}");
        }
        assert_eq!(read(r#"{"a":"3","b":2.0,"c":null}"#), Ok(map([("a", 3), ("b", 2)])));
        assert_eq!(read(r#"{"a":null,"a":1}"#), Ok(map([("a", 1)])));
        assert_eq!(read(r#"{"a":{"b":1},"c":null}"#), Ok(map([("a", json!({"b": 1}))])));
        for json in ["[7]", r#""a""#, "7", r#"{"a":[]}"#] {
            read::<BTreeMap<String, i64>>(json).expect_err(json);
        }
    }

    #[test]
    fn maps_of_texts_accept_any_json() {
        let json = r#"{"a":1,"b":true,"c":"x","d":1.5,"e":null,"f":{"g":[1, "2"]},"h":""}"#;
        let expected = [("a", "1"), ("b", "true"), ("c", "x"), ("d", "1.5"), ("f", r#"{"g":[1,"2"]}"#), ("h", "")];
        assert_eq!(read(json), Ok(map(expected.map(|(key, value)| (key, value.to_owned())))));
    }

    #[test]
    fn reads_values_from_other_deserializers() {
        let value = json!({"list": [1, "2"], "empty": {}, "none": null});
        let read: BTreeMap<String, Vec<i64>> = BTreeMap::read(value).expect("valid");
        assert_eq!(read, map([("list", vec![1, 2]), ("empty", vec![])]));
    }
}
