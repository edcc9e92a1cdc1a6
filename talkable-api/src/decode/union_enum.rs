//! Unions whose variants are distinguished by their values.
//!
//! Generated code declares an enum, and passes its variants to `union_enum!`, each with a test for its values:
//!
//! ```text
//! union_enum!(Pet {
//!     Dog if has_tag("kind", &["dog", "hound"]),
//!     Name if is_string()
//! } else Unknown);
//! ```

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize as _;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::from_json::FromJson;
use super::located::Located;
use super::location::Mismatch;

/// Implements `Deserialize` and [`FromJson`](super::FromJson). A value becomes the variant of the first test that it passes. If it
/// passes none, it becomes the variant after `else`, or an error if there is no such variant.
#[allow(unused_macros, reason = "unused if the documents have no unions")]
macro_rules! union_enum {
    ($name:ident { $($variant:ident if $test:ident($($argument:expr),*)),+ } $(else $unknown:ident)?) => {
        $crate::decode::union_enum!(@read $name);
        impl $crate::decode::Union for $name {
            fn from_value(value: serde_json::Value) -> Result<Self, String> {
                let tests = $crate::decode::UnionTests(&value);
                $(if tests.$test($($argument),*) {
                    return $crate::decode::read_variant(&value, String::new()).map(Self::$variant);
                })+
                $crate::decode::union_enum!(@rest value $($unknown)?)
            }
        }
    };
    (@read $name:ident) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::read_union(deserializer)
            }
        }
        impl $crate::decode::FromJson for $name {}
    };
    (@rest $value:ident) => {
        Err("the value matches none of the variants".to_owned())
    };
    (@rest $value:ident $unknown:ident) => {
        Ok(Self::$unknown($value))
    };
}
pub(crate) use union_enum;

/// A union.
pub(crate) trait Union: Sized {
    /// Reads the variant to which a value belongs. The error is a message.
    fn from_value(value: Value) -> Result<Self, String>;
}

/// Reads the value of a variant. `pointer` is the location of the value in the union. An error message ends with the location of
/// the error, unless the error is at the root of the union.
pub(crate) fn read_variant<T: FromJson>(value: &Value, pointer: String) -> Result<T, String> {
    T::read(Located(value))
        .map_err(|mismatch| Mismatch { pointer: pointer + &mismatch.pointer, ..mismatch }.to_string())
}

/// Reads a union.
pub(crate) fn read_union<'de, T: Union, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(UnionVisitor(PhantomData))
}

/// A visitor that reads a value, and then the union from it. The deserializer adds the location of the value to an error of the
/// visitor.
struct UnionVisitor<T>(PhantomData<T>);

impl<T: Union> UnionVisitor<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl<'de, T: Union> Visitor<'de> for UnionVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Self::read(().into_deserializer())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
        Self::read(value.into_deserializer())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<T, E> {
        Self::read(value.into_deserializer())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<T, E> {
        Self::read(value.into_deserializer())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<T, E> {
        Self::read(value.into_deserializer())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<T, E> {
        Self::read(value.into_deserializer())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<T, A::Error> {
        Self::read(SeqAccessDeserializer::new(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<T, A::Error> {
        Self::read(MapAccessDeserializer::new(entries))
    }
}

/// The predicates that select the variant for a JSON value.
pub(crate) struct UnionTests<'a>(pub(crate) &'a Value);

impl UnionTests<'_> {
    pub(crate) fn is_string(&self) -> bool {
        self.0.is_string()
    }

    pub(crate) fn is_number(&self) -> bool {
        self.0.is_number()
    }

    pub(crate) fn is_boolean(&self) -> bool {
        self.0.is_boolean()
    }

    pub(crate) fn is_array(&self) -> bool {
        self.0.is_array()
    }

    pub(crate) fn is_object(&self) -> bool {
        self.0.is_object()
    }

    /// Returns whether the value is an object in which a property has one of the given values.
    pub(crate) fn has_tag<T>(&self, key: &str, values: &[T]) -> bool
    where
        Value: PartialEq<T>,
    {
        self.0.get(key).is_some_and(|tag| values.iter().any(|value| tag == value))
    }

    /// Returns whether the value is an object with all of the given properties.
    pub(crate) fn has_keys(&self, keys: &[&str]) -> bool {
        self.0.as_object().is_some_and(|object| keys.iter().all(|key| object.contains_key(*key)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use rust_decimal::{Decimal, dec};
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    #[serde(tag = "kind", rename = "cat")]
    struct Cat {
        lives: i64,
    }
    crate::decode::record!(Cat { required { lives } });

    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    struct Dog {
        kind: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        friend: Option<Box<Pet>>,
    }
    crate::decode::record!(Dog { required { kind } optional { friend } });

    #[derive(Clone, Debug, PartialEq, serde::Serialize)]
    #[serde(untagged)]
    enum Pet {
        Cat(Cat),
        Dog(Dog),
        Name(String),
        #[serde(serialize_with = "crate::decode::decimal::serialize")]
        Price(Decimal),
        Many(Vec<Pet>),
        Unknown(Value),
    }
    union_enum!(Pet {
        Cat if has_tag("kind", &["cat"]),
        Dog if has_tag("kind", &["dog", "hound"]),
        Name if is_string(),
        Price if is_number(),
        Many if is_array()
    } else Unknown);

    #[derive(Debug, PartialEq)]
    enum Either {
        Both(Value),
        One(Value),
    }
    union_enum!(Either {
        Both if has_keys(&["a", "b"]),
        One if has_keys(&["a"])
    });

    #[derive(Debug, PartialEq)]
    enum Tree {
        Leaf(Vec<Tree>),
        Node(BTreeMap<String, Tree>),
        Size(Vec<i64>),
    }
    union_enum!(Tree { Leaf if is_array(), Node if is_object(), Size if is_number() });

    fn read(json: &str) -> serde_json::Result<Pet> {
        serde_json::from_str(json)
    }

    #[test]
    fn chooses_the_variant_by_tag_or_type() {
        for (json, expected) in [
            (r#"{"lives":9,"kind":"cat"}"#, Pet::Cat(Cat { lives: 9 })),
            (r#"{"kind":"hound"}"#, Pet::Dog(Dog { kind: "hound".to_owned(), friend: None })),
            ("\"cat\"", Pet::Name("cat".to_owned())),
            ("1.25", Pet::Price(dec!(1.25))),
            ("[1]", Pet::Many(vec![Pet::Price(dec!(1))])),
            (r#"{"kind":"fish"}"#, Pet::Unknown(json!({"kind": "fish"}))),
            ("{}", Pet::Unknown(json!({}))),
            ("null", Pet::Unknown(Value::Null)),
        ] {
            assert_eq!(read(json).expect(json), expected, "{json}");
        }
    }

    #[test]
    fn reports_errors_in_a_variant() {
        let error = read(r#"[{"kind":"cat","lives":"nine"}]"#).unwrap_err().to_string();
        assert!(
            error.starts_with("invalid value: string, expected an integer as a number or a string at `/0/lives`"),
            "{error}"
        );
        let error = serde_json::from_str::<Either>("{}").unwrap_err().to_string();
        assert!(error.starts_with("the value matches none of the variants"), "{error}");
    }

    /// Decoding a value twice at each level would take 2^100 steps.
    #[test]
    fn reports_an_error_in_deeply_nested_unions() {
        let (levels, leaf) = (100, r#"{"kind":"cat","lives":"nine"}"#);
        let json = format!("{}{leaf}{}", "[".repeat(levels), "]".repeat(levels));
        let error = read(&json).unwrap_err();
        let mismatch = Mismatch::new(json.as_bytes(), &error);
        assert_eq!(mismatch.pointer, "/0".repeat(levels) + "/lives");
        assert_eq!(mismatch.reason, "invalid value: string, expected an integer as a number or a string");
    }

    #[test]
    fn escapes_the_keys_in_a_location() {
        let error = serde_json::from_str::<Tree>(r#"{"a":{"b":[],"c/d~":{"b":7}}}"#).unwrap_err().to_string();
        let expected = "invalid type: integer, expected a list at `/a/c~1d~0/b`";
        assert!(error.starts_with(expected), "{error}");
    }

    #[test]
    fn tries_the_tests_in_order() {
        let read = |value: Value| serde_json::from_value::<Either>(value).expect("a variant matches");
        assert!(matches!(read(json!({"a": 1, "b": null})), Either::Both(_)));
        assert!(matches!(read(json!({"a": 1, "c": 2})), Either::One(_)));
    }

    fn pets() -> impl Strategy<Value = Pet> {
        let leaf = prop_oneof![
            any::<i64>().prop_map(|lives| Pet::Cat(Cat { lives })),
            ".*".prop_map(Pet::Name),
            (0..1_000_000_i64, 0..4_u32).prop_map(|(digits, scale)| Pet::Price(Decimal::new(digits, scale))),
            Just(Pet::Unknown(json!({"kind": "fish", "fins": [1, true]}))),
            Just(Pet::Unknown(json!(true))),
        ];
        leaf.prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Pet::Many),
                inner.prop_map(|pet| Pet::Dog(Dog { kind: "dog".to_owned(), friend: Some(Box::new(pet)) })),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_survive_a_round_trip(pet in pets()) {
            let json = serde_json::to_string(&pet).expect("pets serialize");
            prop_assert_eq!(read(&json).expect("pets deserialize"), pet);
        }
    }
}
