//! Amounts as [`Decimal`].
//!
//! The API sends an amount as `10.0`, `5` or `"10.0"`. This crate writes an amount as a number if a float can hold all
//! of its digits, and as a string otherwise.

use std::str::FromStr as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::de::Unexpected;
use serde::{Serialize, Serializer};

use super::scalar::Scalar;

/// Writes the amount as a number if the number reads back as the same decimal, and as a string otherwise.
pub(crate) fn serialize<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    let exact = value.normalize();
    match number(exact) {
        Some(_) if exact.scale() == 0 => match exact.to_i64() {
            Some(integer) => serializer.serialize_i64(integer),
            None => serializer.collect_str(&exact),
        },
        Some(float) => serializer.serialize_f64(float),
        None => serializer.collect_str(&exact),
    }
}

impl Scalar for Decimal {
    const EXPECTED: &'static str = "a decimal as a number or a string";

    fn from_scalar(value: Unexpected<'_>) -> Option<Self> {
        match value {
            Unexpected::Signed(integer) => Some(integer.into()),
            Unexpected::Unsigned(integer) => Some(integer.into()),
            Unexpected::Float(float) => from_float(float),
            Unexpected::Str(text) => from_text(text),
            _ => None,
        }
    }
}

/// Returns the float that reads back as this decimal, if there is one.
fn number(exact: Decimal) -> Option<f64> {
    let float: f64 = exact.to_string().parse().ok()?;
    // Every decimal of up to 15 digits survives a round trip through a float.
    let is_short = exact.mantissa().unsigned_abs() < 10_u128.pow(15);
    (is_short || from_float(float)? == exact).then_some(float)
}

fn from_float(float: f64) -> Option<Decimal> {
    // The shortest representation of a float has the same digits as the number that it was parsed from, if that number
    // has at most 15 digits.
    (float.abs() < 1e28).then(|| Decimal::from_str(&float.to_string()).ok()).flatten()
}

fn from_text(text: &str) -> Option<Decimal> {
    // Reject underscores, because `Decimal` would accept them between digits.
    let text = Some(text.trim()).filter(|text| !text.contains('_'))?;
    Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

/// Serialization of optional amounts.
pub(crate) mod option {
    use super::{Decimal, Serialize, Serializer};

    /// Like [`decimal::serialize`](super::serialize), but writes `None` as null.
    #[allow(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(crate) fn serialize<S: Serializer>(value: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Amount).serialize(serializer)
    }

    #[derive(Serialize)]
    struct Amount(#[serde(serialize_with = "super::serialize")] Decimal);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_decimal::dec;

    use super::*;

    fn read(json: &str) -> Result<Decimal, serde_json::Error> {
        crate::decode::scalar(&mut serde_json::Deserializer::from_str(json))
    }

    fn write(value: Decimal) -> String {
        let mut text = Vec::new();
        serialize(&value, &mut serde_json::Serializer::new(&mut text)).expect("decimals serialize");
        String::from_utf8(text).expect("JSON is UTF-8")
    }

    #[test]
    fn reads_numbers_and_strings() {
        for json in ["10", "10.0", "\"10.0\"", "\"10\"", "1e1", "\"1e1\"", "\" 10.00 \""] {
            assert_eq!(read(json).expect(json), dec!(10), "{json}");
        }
        assert_eq!(read("1234567.89").expect("a number"), dec!(1234567.89));
        assert_eq!(read("-0.1").expect("a number"), dec!(-0.1));
        assert_eq!(read("18446744073709551615").expect("a number"), dec!(18446744073709551615));
    }

    #[test]
    fn rejects_other_values() {
        for json in ["true", "\"\"", "\"ten\"", "\"NaN\"", "{}", "[1]", "null", "1e300", "\"1e99\"", "{\"a\":\"1\"}"] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn writes_numbers_if_they_are_exact() {
        assert_eq!(write(dec!(99.50)), "99.5");
        assert_eq!(write(dec!(100.00)), "100");
        assert_eq!(write(dec!(-0.1)), "-0.1");
        assert_eq!(write(dec!(1234567.89)), "1234567.89");
        assert_eq!(write(dec!(12345678901234567.89)), "\"12345678901234567.89\"");
        assert_eq!(write(Decimal::MAX), "\"79228162514264337593543950335\"");
    }

    proptest! {
        #[test]
        fn fifteen_digits_survive_a_round_trip(digits in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u32..=15) {
            let value = Decimal::new(digits, scale);
            prop_assert_eq!(read(&value.to_string()).ok(), Some(value));
            let json = write(value);
            prop_assert!(!json.starts_with('"'), "{}", json);
            prop_assert_eq!(read(&json).ok(), Some(value));
        }

        #[test]
        fn every_decimal_survives_a_round_trip(low: u32, mid: u32, high: u32, negative: bool, scale in 0_u32..=28) {
            let value = Decimal::from_parts(low, mid, high, negative, scale);
            prop_assert_eq!(read(&write(value)).ok(), Some(value));
        }
    }
}
