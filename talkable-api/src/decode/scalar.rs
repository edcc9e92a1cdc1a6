//! Decoding of texts, numbers and dates.

use std::fmt;
use std::marker::PhantomData;

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::{Number, Value};

use super::from_json::{skip_entries, skip_items};
use crate::period::Period;

/// 2^53. Floats represent every integer up to this value exactly.
const LAST_EXACT: f64 = 9_007_199_254_740_992.0;

/// The map key used by `serde_json` for numbers if another crate enables its `arbitrary_precision` feature.
const PRIVATE_NUMBER: &str = "$serde_json::private::Number";

/// A value that is neither a list, a map nor null.
pub(crate) trait Scalar: Sized {
    /// The description of the accepted values in error messages.
    const EXPECTED: &'static str;

    /// Whether an empty string means that an optional value is absent.
    const EMPTY_IS_NONE: bool = true;

    /// Converts a string, a number or a boolean. Returns `None` for values that it rejects.
    fn from_scalar(value: Unexpected<'_>) -> Option<Self>;
}

/// Reads a scalar.
pub(crate) fn scalar<'de, T: Scalar, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(ScalarVisitor { absent: None, scalar: PhantomData::<T> })
}

/// Reads a scalar, or `None` from null and, for most types, from an empty string.
pub(crate) fn optional_scalar<'de, T: Scalar, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ScalarVisitor { absent: Some(|| None), scalar: PhantomData::<T> })
}

/// Implements [`FromJson`](super::FromJson) for a [`Scalar`].
macro_rules! scalar_field {
    ($type:ty { $($item:item)* }) => {
        impl $crate::decode::FromJson for $type {
            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::scalar(deserializer)
            }

            fn read_optional<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
                $crate::decode::optional_scalar(deserializer)
            }

            $($item)*
        }
    };
}
pub(crate) use scalar_field;

scalar_field!(i64 {});
scalar_field!(rust_decimal::Decimal {});
scalar_field!(NaiveDate {});
scalar_field!(Period {});
scalar_field!(DateTime<FixedOffset> {});
scalar_field!(String {
    fn read_entry<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::Null => None,
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number_text(&number)?),
            value => Some(value.to_string()),
        })
    }

    /// Skips fields that are neither strings nor numbers.
    fn read_other<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(match Value::deserialize(deserializer)? {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number_text(&number)?),
            _ => None,
        })
    }
});

impl Scalar for String {
    const EXPECTED: &'static str = "a string or a number";
    const EMPTY_IS_NONE: bool = false;

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        match value {
            Unexpected::Str(text) => Some(text.to_owned()),
            Unexpected::Signed(integer) => Some(integer.to_string()),
            Unexpected::Unsigned(integer) => Some(integer.to_string()),
            // Larger floats have lost digits of the number from which they were parsed.
            Unexpected::Float(float) if float.abs() <= LAST_EXACT => Some(float.to_string()),
            _ => None,
        }
    }
}

impl Scalar for i64 {
    const EXPECTED: &'static str = "an integer as a number or a string";

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        match value {
            Unexpected::Signed(integer) => Some(integer),
            Unexpected::Unsigned(integer) => integer.try_into().ok(),
            Unexpected::Float(float) if float.fract() == 0.0 && float.abs() <= LAST_EXACT => {
                format!("{float:.0}").parse().ok()
            }
            Unexpected::Str(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| Self::from_scalar(Unexpected::Float(text.parse().ok()?)))
            }
            _ => None,
        }
    }
}

impl Scalar for NaiveDate {
    const EXPECTED: &'static str = "a date as a string";

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        if let Unexpected::Str(text) = value { text.parse().ok() } else { None }
    }
}

impl Scalar for Period {
    const EXPECTED: &'static str = "a period as a string";

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        if let Unexpected::Str(text) = value { Some(text.into()) } else { None }
    }
}

impl Scalar for DateTime<FixedOffset> {
    const EXPECTED: &'static str = "a date and time";

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        let Unexpected::Str(text) = value else { return None };
        text.parse().ok().or_else(|| {
            let midnight = text.parse::<NaiveDate>().ok()?.and_time(NaiveTime::MIN);
            Some(midnight.and_utc().fixed_offset())
        })
    }
}

/// Converts a number to text, like [`Scalar::from_scalar`].
fn number_text<E: Error>(number: &Number) -> Result<String, E> {
    match number.as_f64().filter(|_| number.is_f64()) {
        Some(float) => convert(Unexpected::Float(float)),
        None => Ok(number.to_string()),
    }
}

fn convert<T: Scalar, E: Error>(value: Unexpected<'_>) -> Result<T, E> {
    T::from_scalar(value).ok_or_else(|| match value {
        Unexpected::Bool(_) => E::invalid_type(value, &T::EXPECTED),
        _ => E::invalid_value(value, &T::EXPECTED),
    })
}

/// A visitor that returns a `T` or an `Option<T>`.
struct ScalarVisitor<T, V> {
    /// Returns the value for null, if it is valid.
    absent: Option<fn() -> V>,
    scalar: PhantomData<T>,
}

impl<'de, T: Scalar, V: From<T>> Visitor<'de> for ScalarVisitor<T, V> {
    type Value = V;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<V, E> {
        self.absent.map(|absent| absent()).ok_or_else(|| E::invalid_type(Unexpected::Unit, &T::EXPECTED))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<V, E> {
        convert::<T, E>(Unexpected::Bool(value)).map(V::from)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<V, E> {
        convert::<T, E>(Unexpected::Signed(value)).map(V::from)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<V, E> {
        convert::<T, E>(Unexpected::Unsigned(value)).map(V::from)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<V, E> {
        convert::<T, E>(Unexpected::Float(value)).map(V::from)
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<V, E> {
        match self.absent {
            Some(absent) if T::EMPTY_IS_NONE && value.is_empty() => Ok(absent()),
            _ => convert::<T, E>(Unexpected::Str(value)).map(V::from),
        }
    }

    /// Reads a number from a map. This is how `serde_json` passes numbers if its `arbitrary_precision` feature is
    /// enabled.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<V, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == PRIVATE_NUMBER => return self.visit_str(&map.next_value::<String>()?),
            Some(_) => drop(map.next_value::<IgnoredAny>()?),
            None => {}
        }
        skip_entries(&mut map)?;
        Err(A::Error::invalid_type(Unexpected::Map, &self))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<V, A::Error> {
        skip_items(&mut items)?;
        Err(A::Error::invalid_type(Unexpected::Seq, &self))
    }
}

#[cfg(test)]
mod tests {
    use rust_decimal::{Decimal, dec};
    use serde::de::value::{Error as ValueError, MapDeserializer};

    use super::*;
    use crate::decode::FromJson as _;

    fn read<T: Scalar>(json: &str) -> Result<T, serde_json::Error> {
        scalar(&mut serde_json::Deserializer::from_str(json))
    }

    fn read_optional<T: Scalar>(json: &str) -> Result<Option<T>, serde_json::Error> {
        optional_scalar(&mut serde_json::Deserializer::from_str(json))
    }

    #[test]
    fn reads_integers_in_every_format() {
        for json in ["7", "7.0", "\"7\"", "\"7.0\"", "\" 7 \"", "7e0"] {
            assert_eq!(read::<i64>(json).expect(json), 7);
            assert_eq!(read_optional::<i64>(json).expect(json), Some(7));
        }
        for json in ["7.5", "\"seven\"", "true", "{}", "[]", "1e300", "99999999999999999999", "\"inf\""] {
            read::<i64>(json).expect_err(json);
            read_optional::<i64>(json).expect_err(json);
        }
    }

    #[test]
    fn reads_texts_from_strings_and_numbers() {
        for (json, text) in [("12", "12"), ("\"12\"", "12"), ("-1", "-1"), ("\"#1001\"", "#1001"), ("1.5", "1.5")] {
            assert_eq!(read::<String>(json).expect(json), text);
        }
        read::<String>("123456789012345678901").expect_err("the last digits are lost");
        read::<String>("true").expect_err("a boolean is not a text");
    }

    #[test]
    fn reads_numbers_in_maps_and_unknown_fields_like_texts() {
        let read = |json| {
            let read_entry = String::read_entry(&mut serde_json::Deserializer::from_str(json));
            [read_entry, String::read_other(&mut serde_json::Deserializer::from_str(json))]
        };
        for (json, text) in [("1.0", "1"), ("-0.5", "-0.5"), ("18446744073709551615", "18446744073709551615")] {
            assert_eq!(read(json).map(|result| result.expect(json).expect("a number is a text")), [text; 2]);
        }
        for json in ["123456789012345678901", "1e300"] {
            for error in read(json).map(|result| result.expect_err("the last digits are lost").to_string()) {
                assert!(error.starts_with("invalid value: floating point"), "{error}");
            }
        }
    }

    #[test]
    fn reads_times_from_dates() {
        let check = |json: &str, expected: &str| {
            assert_eq!(read::<DateTime<FixedOffset>>(json).expect(json).to_rfc3339(), expected);
        };
        check("\"2026-01-31T12:00:00.000-08:00\"", "2026-01-31T12:00:00-08:00");
        check("\"2026-01-31 12:00:00 -0800\"", "2026-01-31T12:00:00-08:00");
        check("\"2026-01-31\"", "2026-01-31T00:00:00+00:00");
        for json in ["\"\"", "\"2026-02-30\"", "\"soon\"", "1769889600"] {
            read::<DateTime<FixedOffset>>(json).expect_err(json);
        }
        read::<NaiveDate>("\"2026-01-31T12:00:00Z\"").expect_err("a time is not a date");
    }

    #[test]
    fn an_empty_string_is_none_except_for_a_text() {
        for json in ["\"\"", "null"] {
            assert_eq!(read_optional::<i64>(json).expect(json), None);
            assert_eq!(read_optional::<Decimal>(json).expect(json), None);
            assert_eq!(read_optional::<NaiveDate>(json).expect(json), None);
            assert_eq!(read_optional::<DateTime<FixedOffset>>(json).expect(json), None);
            read::<i64>(json).expect_err(json);
        }
        assert_eq!(read_optional::<String>("\"\"").expect("a text"), Some(String::new()));
    }

    #[test]
    fn reads_numbers_with_arbitrary_precision() {
        let number = |text| MapDeserializer::<_, ValueError>::new([(PRIVATE_NUMBER, text)].into_iter());
        assert_eq!(scalar::<i64, _>(number("7.0")), Ok(7));
        assert_eq!(scalar::<String, _>(number("12")), Ok("12".to_owned()));
        assert_eq!(optional_scalar::<Decimal, _>(number("1234567.89")), Ok(Some(dec!(1234567.89))));
        let other = MapDeserializer::<_, ValueError>::new([("other", "7")].into_iter());
        scalar::<i64, _>(other).expect_err("a map");
    }
}
