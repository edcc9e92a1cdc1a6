//! Decoding of the fields of a record, for [`record!`](super::record!).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::from_json::{Field, FromJson, Other, skip_items};

/// The name of a field on the wire.
pub(crate) struct Key<'de>(pub(crate) Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_identifier(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a field")
    }

    fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

/// Reads a field.
pub(crate) fn set<'de, T: FromJson, A: MapAccess<'de>>(
    field: &mut Option<T>,
    key: &Key<'de>,
    map: &mut A,
) -> Result<(), A::Error> {
    if field.is_some() {
        return Err(A::Error::custom(format_args!("duplicate field `{}`", key.0)));
    }
    let Field(value) = map.next_value()?;
    *field = Some(value);
    Ok(())
}

/// Reads an unknown field into the map of unknown fields.
pub(crate) fn add<'de, T: FromJson, A: MapAccess<'de>>(
    others: &mut BTreeMap<String, T>,
    Key(key): Key<'de>,
    map: &mut A,
) -> Result<(), A::Error> {
    if let Other(Some(value)) = map.next_value()? {
        others.insert(key.into_owned(), value);
    }
    Ok(())
}

/// Skips an unknown field.
pub(crate) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Returns the value of a required field.
pub(crate) fn required<T, E: Error>(field: Option<T>, name: &'static str) -> Result<T, E> {
    field.ok_or_else(|| E::missing_field(name))
}

/// An optional struct. Null, `{}` and `""` are `None`.
pub(crate) struct NonEmpty<T>(pub(crate) Option<T>);

impl<'de, T: FromJson> Deserialize<'de> for NonEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NonEmptyVisitor(PhantomData)).map(Self)
    }
}

impl<T: FromJson> FromJson for NonEmpty<T> {}

struct NonEmptyVisitor<T>(PhantomData<T>);

impl<'de, T: FromJson> Visitor<'de> for NonEmptyVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Option<T>, E> {
        if value.is_empty() { Ok(None) } else { T::read(value.into_deserializer()).map(Some) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Option<T>, A::Error> {
        skip_items(&mut items)?;
        Err(A::Error::invalid_type(Unexpected::Seq, &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        let mut is_empty = None;
        let value = T::read(MapAccessDeserializer::new(EmptinessProbe { map, is_empty: &mut is_empty }));
        // `{}` becomes `None`, even if the struct has required fields.
        if is_empty == Some(true) { Ok(None) } else { value.map(Some) }
    }
}

/// A wrapper that records whether a map is empty.
struct EmptinessProbe<'a, A> {
    map: A,
    is_empty: &'a mut Option<bool>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for EmptinessProbe<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let key = self.map.next_key_seed(seed)?;
        self.is_empty.get_or_insert(key.is_none());
        Ok(key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
