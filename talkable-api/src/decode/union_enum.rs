//! Unions whose variants are distinguished by their values.
//!
//! Generated code declares an enum, and passes its variants to `union_enum!`, each with the function that reads it and with a test
//! for its values:
//!
//! ```text
//! union_enum!(Pet {
//!     Dog(serde::Deserialize::deserialize) if has_tag("kind", &["dog", "hound"]),
//!     Name(serde::Deserialize::deserialize) if is_string()
//! } else Unknown);
//! ```

use serde_json::Value;

/// Implements `Deserialize`. A value becomes the variant of the first test that it passes. If it passes none, it becomes the
/// variant after `else`, or an error if there is no such variant.
#[allow(unused_macros, reason = "bindings without unions do not use it")]
macro_rules! union_enum {
    ($name:ident { $($variant:ident($read:path) if $test:ident($($argument:expr),*)),+ } $(else $unknown:ident)?) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <serde_json::Value as serde::Deserialize>::deserialize(deserializer)?;
                let tests = $crate::decode::UnionTests(&value);
                $(if tests.$test($($argument),*) {
                    return $read(value).map(Self::$variant).map_err(serde::de::Error::custom);
                })+
                $crate::decode::union_enum!(@rest value $($unknown)?)
            }
        }
    };
    (@rest $value:ident) => {
        Err(serde::de::Error::custom("the value matches none of the variants"))
    };
    (@rest $value:ident $unknown:ident) => {
        Ok(Self::$unknown($value))
    };
}
pub(crate) use union_enum;

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
    use proptest::prelude::*;
    use rust_decimal::{Decimal, dec};
    use serde_json::json;

    use super::*;

    #[derive(Clone, Debug, serde::Deserialize, PartialEq, serde::Serialize)]
    #[serde(tag = "kind", rename = "cat")]
    struct Cat {
        lives: i64,
    }

    #[derive(Clone, Debug, serde::Deserialize, PartialEq, serde::Serialize)]
    struct Dog {
        kind: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        friend: Option<Box<Pet>>,
    }

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
        Cat(serde::Deserialize::deserialize) if has_tag("kind", &["cat"]),
        Dog(serde::Deserialize::deserialize) if has_tag("kind", &["dog", "hound"]),
        Name(serde::Deserialize::deserialize) if is_string(),
        Price(crate::decode::decimal::deserialize) if is_number(),
        Many(serde::Deserialize::deserialize) if is_array()
    } else Unknown);

    #[derive(Debug, PartialEq)]
    enum Either {
        Both(Value),
        One(Value),
    }
    union_enum!(Either {
        Both(serde::Deserialize::deserialize) if has_keys(&["a", "b"]),
        One(serde::Deserialize::deserialize) if has_keys(&["a"])
    });

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
        assert!(error.starts_with("invalid type: string \"nine\", expected i64"), "{error}");
        let error = serde_json::from_str::<Either>("{}").unwrap_err().to_string();
        assert!(error.starts_with("the value matches none of the variants"), "{error}");
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
