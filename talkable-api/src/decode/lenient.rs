//! Deserializers for values that the API sends in several formats.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Unexpected, Visitor};

/// 2^53. Floats represent every integer up to this value exactly.
const LAST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The map key used by `serde_json` for numbers if another crate enables its `arbitrary_precision` feature.
const PRIVATE_NUMBER: &str = "$serde_json::private::Number";

/// Reads an integer, a float without a fraction, or a string that contains either.
///
/// # Errors
///
/// If the value has a different type or is out of range.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    deserializer.deserialize_any(ScalarVisitor("an integer as a number or a string", to_integer))
}

/// Like [`integer`], but reads null as `None`.
pub(crate) fn optional_integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Integer>::deserialize(deserializer)?.map(|Integer(value)| value))
}

/// Reads an identifier from a string or a number.
pub(crate) fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(ScalarVisitor("an identifier as a string or a number", to_id))
}

/// Like [`id`], but reads null as `None`.
pub(crate) fn optional_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<Id>::deserialize(deserializer)?.map(|Id(value)| value))
}

/// Reads a value, or returns the default if the value is null.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a map. Null becomes an empty map, and entries with a null value are skipped.
pub(crate) fn map<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    entries(deserializer, |value: T| value)
}

/// Like [`map`], but converts numbers and booleans to strings.
pub(crate) fn text_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    entries(deserializer, |Scalar(text)| text)
}

fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    deserializer.deserialize_any(ScalarVisitor("a string, a number or a boolean", to_text))
}

/// Reads the unknown fields of a struct as strings. Fields that are neither strings nor numbers are skipped.
pub(crate) fn other_texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let entries = BTreeMap::<String, serde_json::Value>::deserialize(deserializer)?;
    let text = |value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Ok(entries.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect())
}

#[derive(Deserialize)]
struct Scalar(#[serde(deserialize_with = "scalar")] String);

/// Like [`map`], but reads each value with [`integer`].
pub(crate) fn integer_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, i64>, D::Error> {
    entries(deserializer, |Integer(value)| value)
}

/// Reads an optional struct. Null, `{}` and `""` become `None`.
pub(crate) fn empty_as_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(EmptyVisitor(PhantomData))
}

fn entries<'de, D: Deserializer<'de>, R: Deserialize<'de>, T>(
    deserializer: D,
    unwrap: fn(R) -> T,
) -> Result<BTreeMap<String, T>, D::Error> {
    // If a key occurs several times, its last value is used, even if that value is null.
    let entries = Option::<BTreeMap<String, Option<R>>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(entries.into_iter().filter_map(|(key, value)| Some((key, unwrap(value?)))).collect())
}

/// Reads an open enum from a string.
pub(crate) fn open_enum<'de, D: Deserializer<'de>, T: for<'a> From<&'a str>>(deserializer: D) -> Result<T, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

    let Text(text) = Text::deserialize(deserializer)?;
    Ok(T::from(&text))
}

#[derive(Deserialize)]
struct Integer(#[serde(deserialize_with = "integer")] i64);

#[derive(Deserialize)]
struct Id(#[serde(deserialize_with = "id")] String);

/// Reads a scalar with a function that returns `None` for values that it rejects. The string describes the accepted
/// values in error messages.
pub(crate) struct ScalarVisitor<T>(pub(crate) &'static str, pub(crate) fn(Unexpected<'_>) -> Option<T>);

impl<T> ScalarVisitor<T> {
    fn convert<E: Error>(self, value: Unexpected<'_>) -> Result<T, E> {
        (self.1)(value).ok_or_else(|| match value {
            Unexpected::Bool(_) => E::invalid_type(value, &self.0),
            _ => E::invalid_value(value, &self.0),
        })
    }
}

impl<'de, T> Visitor<'de> for ScalarVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        self.convert(Unexpected::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        self.convert(Unexpected::Signed(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        self.convert(Unexpected::Unsigned(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        self.convert(Unexpected::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        self.convert(Unexpected::Str(value))
    }

    /// Reads a number from a map. This is how `serde_json` passes numbers if its `arbitrary_precision` feature is
    /// enabled.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == PRIVATE_NUMBER => self.visit_str(&map.next_value::<String>()?),
            _ => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}

fn to_integer(value: Unexpected<'_>) -> Option<i64> {
    match value {
        Unexpected::Signed(integer) => Some(integer),
        Unexpected::Unsigned(integer) => i64::try_from(integer).ok(),
        Unexpected::Float(float) if float.fract() == 0.0 && float.abs() <= LAST_EXACT => {
            format!("{float:.0}").parse().ok()
        }
        Unexpected::Str(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| to_integer(Unexpected::Float(text.parse().ok()?)))
        }
        _ => None,
    }
}

fn to_id(value: Unexpected<'_>) -> Option<String> {
    match value {
        Unexpected::Bool(_) => None,
        Unexpected::Float(float) if float.abs() > LAST_EXACT => None,
        value => to_text(value),
    }
}

fn to_text(value: Unexpected<'_>) -> Option<String> {
    match value {
        Unexpected::Bool(value) => Some(value.to_string()),
        Unexpected::Signed(integer) => Some(integer.to_string()),
        Unexpected::Unsigned(integer) => Some(integer.to_string()),
        Unexpected::Float(float) => Some(float.to_string()),
        Unexpected::Str(text) => Some(text.to_owned()),
        _ => None,
    }
}

struct EmptyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EmptyVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object or null")
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Option<T>, E> {
        if value.is_empty() { Ok(None) } else { T::deserialize(value.into_deserializer()).map(Some) }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        let mut is_empty = None;
        let value = T::deserialize(MapAccessDeserializer::new(EmptinessProbe { map, is_empty: &mut is_empty }));
        // `{}` becomes `None`, even if the struct has required fields.
        if is_empty == Some(true) { Ok(None) } else { value.map(Some) }
    }
}

/// Records whether a map is empty.
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

#[cfg(test)]
mod tests {
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(default)]
    struct Sample {
        #[serde(deserialize_with = "optional_integer")]
        count: Option<i64>,
        #[serde(deserialize_with = "optional_id")]
        order: Option<String>,
        #[serde(deserialize_with = "null_as_default")]
        tags: Vec<String>,
        #[serde(deserialize_with = "integer_map")]
        counts: BTreeMap<String, i64>,
        #[serde(deserialize_with = "map")]
        links: BTreeMap<String, String>,
        #[serde(deserialize_with = "text_map")]
        properties: BTreeMap<String, String>,
        #[serde(deserialize_with = "empty_as_none")]
        child: Option<Child>,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Child {
        name: String,
        age: Option<u8>,
    }

    fn check(json: &str, expected: Sample) {
        assert_eq!(serde_json::from_str::<Sample>(json).expect(json), expected, "{json}");
    }

    #[test]
    fn reads_integers_in_every_format() {
        for json in ["7", "7.0", "\"7\"", "\"7.0\"", "\" 7 \"", "7e0"] {
            check(&format!("{{\"count\":{json}}}"), Sample { count: Some(7), ..Sample::default() });
        }
        for json in ["7.5", "\"seven\"", "true", "{}", "[]", "1e300", "\"\"", "99999999999999999999", "\"inf\""] {
            assert!(serde_json::from_str::<Sample>(&format!("{{\"count\":{json}}}")).is_err(), "{json}");
        }
    }

    #[test]
    fn reads_identifiers_from_strings_and_numbers() {
        assert!(serde_json::from_str::<Sample>("{\"order\":123456789012345678901}").is_err());
        for (json, text) in [("12", "12"), ("\"12\"", "12"), ("-1", "-1"), ("\"#1001\"", "#1001"), ("1.5", "1.5")] {
            check(&format!("{{\"order\":{json}}}"), Sample { order: Some(text.to_owned()), ..Sample::default() });
        }
    }

    #[test]
    fn null_counts_as_absent() {
        let json = r#"{"count":null,"order":null,"tags":null,"counts":null,"links":null,"child":null}"#;
        check(json, Sample::default());
    }

    #[test]
    fn maps_of_integers_are_lenient_and_skip_null() {
        let counts = BTreeMap::from([("total".to_owned(), 3), ("paid".to_owned(), 2)]);
        check(r#"{"counts":{"total":"3","paid":2.0,"unpaid":null}}"#, Sample { counts, ..Sample::default() });
    }

    #[test]
    fn maps_skip_null() {
        let links = BTreeMap::from([("sms".to_owned(), "a".to_owned())]);
        check(r#"{"links":{"sms":"a","other":null}}"#, Sample { links: links.clone(), ..Sample::default() });
        check(r#"{"links":{"sms":"b","other":"c","other":null,"sms":"a"}}"#, Sample { links, ..Sample::default() });
        assert!(serde_json::from_str::<Sample>(r#"{"links":["sms"]}"#).is_err());
        assert!(serde_json::from_str::<Sample>(r#"{"links":{"sms":{}}}"#).is_err());
    }

    #[test]
    fn maps_of_strings_accept_numbers_and_booleans() {
        let properties = [("a", "1"), ("b", "true"), ("c", "x"), ("d", "1.5")];
        let properties = properties.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        check(
            r#"{"properties":{"a":1,"b":true,"c":"x","d":1.5,"e":null}}"#,
            Sample { properties, ..Sample::default() },
        );
        assert!(serde_json::from_str::<Sample>(r#"{"properties":{"a":{}}}"#).is_err());
    }

    #[test]
    fn other_texts_skip_values_of_other_types() {
        #[derive(Deserialize)]
        struct Row {
            plain: i64,
            #[serde(flatten, deserialize_with = "other_texts")]
            others: BTreeMap<String, String>,
        }

        let row: Row = serde_json::from_str(r#"{"channel":"Email","plain":1,"id":7,"new":{"a":[]},"on":true}"#)
            .expect("valid JSON");
        let expected = [("channel", "Email"), ("id", "7")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!((row.plain, row.others), (1, expected.into()));
    }

    #[test]
    fn an_empty_object_is_none() {
        check(r#"{"child":{}}"#, Sample::default());
        check(r#"{"child":""}"#, Sample::default());
        let child = Some(Child { name: "Jane".to_owned(), age: Some(30) });
        check(r#"{"child":{"name":"Jane","new":[{}],"age":30}}"#, Sample { child, ..Sample::default() });
        for json in [r#"{"child":{"age":30}}"#, r#"{"child":{"name":7}}"#, r#"{"child":[]}"#, r#"{"child":{"name":"#] {
            assert!(serde_json::from_str::<Sample>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn reads_numbers_with_arbitrary_precision() {
        let number = |text| MapDeserializer::<_, ValueError>::new([(PRIVATE_NUMBER, text)].into_iter());
        assert_eq!(integer(number("7.0")), Ok(7));
        assert_eq!(id(number("12")), Ok("12".to_owned()));
        let other = MapDeserializer::<_, ValueError>::new([("other", "7")].into_iter());
        assert!(integer(other).is_err());
    }
}
