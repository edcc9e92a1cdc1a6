//! Decoding of records.
//!
//! Generated code declares a struct, and passes its fields to `record!`. A field is followed by its name on the wire if the names
//! differ:
//!
//! ```text
//! record!(LoyaltyAction {
//!     required { type_ = "type" }
//!     optional { points, created_at }
//!     empty_is_none { coupon }
//!     others rest
//! });
//! ```
//!
//! A missing optional field has its default value. A field in `empty_is_none` is also `None` for `{}` and `""`, and the field after
//! `others` collects the unknown fields. A struct that is decoded like its only field is passed as `record!(Page(items))`.
//!
//! In contrast to derived code, a list of the values of the fields is an error.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, MapAccess, Visitor};

/// Implements `Deserialize` and [`FromJson`](super::FromJson) for a struct.
macro_rules! record {
    ($name:ident {
        $(required { $($required:ident $(= $required_wire:literal)?),* })?
        $(optional { $($optional:ident $(= $optional_wire:literal)?),* })?
        $(empty_is_none { $($nonempty:ident $(= $nonempty_wire:literal)?),* })?
        $(others $others:ident)?
    }) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::read_record(deserializer)
            }
        }
        impl $crate::decode::FromJson for $name {}
        impl $crate::decode::Record for $name {
            #[allow(deprecated, reason = "fields can be deprecated")]
            fn read_fields<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                use $crate::decode::fields;
                $($(let mut $required = None;)*)?
                $($(let mut $optional = None;)*)?
                $($(let mut $nonempty = None;)*)?
                $(let mut $others = std::collections::BTreeMap::new();)?
                while let Some(key) = map.next_key::<fields::Key<'de>>()? {
                    match &*key.0 {
                        $($($crate::decode::record!(@wire $required $($required_wire)?) => fields::set(&mut $required, &key, &mut map),)*)?
                        $($($crate::decode::record!(@wire $optional $($optional_wire)?) => fields::set(&mut $optional, &key, &mut map),)*)?
                        $($($crate::decode::record!(@wire $nonempty $($nonempty_wire)?) => fields::set(&mut $nonempty, &key, &mut map),)*)?
                        _ => $crate::decode::record!(@other map key $($others)?),
                    }?;
                }
                Ok(Self {
                    $($($required: fields::required($required, $crate::decode::record!(@wire $required $($required_wire)?))?,)*)?
                    $($($optional: $optional.unwrap_or_default(),)*)?
                    $($($nonempty: $nonempty.and_then(|fields::NonEmpty(value)| value),)*)?
                    $($others,)?
                })
            }
        }
    };
    ($name:ident($field:ident)) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::decode::FromJson::read(deserializer).map(|$field| Self { $field })
            }
        }
        impl $crate::decode::FromJson for $name {}
    };
    (@other $map:ident $key:ident) => { fields::skip(&mut $map) };
    (@other $map:ident $key:ident $others:ident) => { fields::add(&mut $others, $key, &mut $map) };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
}
pub(crate) use record;

/// A struct.
pub(crate) trait Record: Sized {
    /// Reads the fields.
    fn read_fields<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;
}

/// Reads a struct from a map.
pub(crate) fn read_record<'de, T: Record, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(RecordVisitor(PhantomData))
}

struct RecordVisitor<T>(PhantomData<T>);

impl<'de, T: Record> Visitor<'de> for RecordVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::read_fields(map)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::decode::FromJson;
    use crate::decode::location::Mismatch;

    #[derive(Debug, Default, PartialEq)]
    struct Sample {
        name: String,
        type_: Option<i64>,
        tags: Vec<String>,
        child: Option<Child>,
        first: Option<Child>,
    }
    record!(Sample { required { name } optional { type_ = "type", tags, first } empty_is_none { child } });

    #[derive(Debug, Default, PartialEq)]
    struct Child {
        name: String,
        age: Option<i64>,
    }
    record!(Child { required { name } optional { age } });

    #[derive(Debug, PartialEq)]
    struct Row {
        plain: Option<i64>,
        rest: BTreeMap<String, String>,
    }
    record!(Row { optional { plain } others rest });

    #[derive(Debug, PartialEq)]
    struct Untyped {
        rest: BTreeMap<String, Value>,
    }
    record!(Untyped { others rest });

    #[derive(Debug, PartialEq)]
    struct Empty {}
    record!(Empty {});

    #[derive(Debug, PartialEq)]
    struct Page {
        items: Vec<Child>,
    }
    record!(Page(items));

    fn read<T: FromJson>(json: &str) -> Result<T, (String, String)> {
        serde_json::from_str(json).map_err(|error| {
            let Mismatch { pointer, reason } = Mismatch::new(json.as_bytes(), &error);
            (pointer, reason)
        })
    }

    #[track_caller]
    fn check_error<T: FromJson + fmt::Debug>(json: &str, pointer: &str, reason: &str) {
        assert_eq!(read::<T>(json).expect_err(json), (pointer.to_owned(), reason.to_owned()), "{json}");
    }

    #[test]
    fn reads_fields_by_their_names_on_the_wire() {
        let expected = Sample { name: "a".to_owned(), type_: Some(7), tags: vec!["b".to_owned()], ..Sample::default() };
        assert_eq!(read(r#"{"new":[{"a":1}],"type":"7","n\u0061me":"a","tags":["b"]}"#), Ok(expected));
        assert_eq!(read::<Sample>(r#"{"name":"a","type":null,"tags":null,"child":null}"#), read(r#"{"name":"a"}"#));
        assert_eq!(read(r#"{"new":[1]}"#), Ok(Empty {}));
        assert_eq!(serde_json::from_value(json!({"name": "a"})).ok(), Some(Child { name: "a".to_owned(), age: None }));
    }

    #[test]
    fn locates_errors() {
        check_error::<Sample>(r#"{"type":7}"#, "", "missing field `name`");
        check_error::<Sample>(r#"{"first":{"age":7}}"#, "/first", "missing field `name`");
        check_error::<Sample>(
            r#"{"first":{"name":"a","age":[]}}"#,
            "/first/age",
            "invalid type: sequence, expected an integer as a number or a string",
        );
        check_error::<Sample>(r#"{"tags":[],"tags":[]}"#, "/tags", "duplicate field `tags`");
        check_error::<Sample>(r#"{"name":"#, "/name", "EOF while parsing a value");
    }

    #[test]
    fn rejects_a_list_instead_of_a_record() {
        let reason = "invalid type: sequence, expected an object";
        check_error::<Child>(r#"["a",7]"#, "", reason);
        check_error::<Sample>(r#"{"first":["a",7]}"#, "/first", reason);
        check_error::<Page>(r#"[{"name":"a"},["a",7]]"#, "/1", reason);
        check_error::<Empty>("[]", "", reason);
        check_error::<Sample>(r#"{"child":["a",7]}"#, "/child", "invalid type: sequence, expected an object or null");
    }

    #[test]
    fn an_empty_object_is_none() {
        for json in [r#"{"name":"a","child":{}}"#, r#"{"name":"a","child":""}"#] {
            assert_eq!(read(json), Ok(Sample { name: "a".to_owned(), ..Sample::default() }), "{json}");
        }
        let child = Some(Child { name: "Jane".to_owned(), age: Some(30) });
        let expected = Sample { name: "a".to_owned(), child, ..Sample::default() };
        assert_eq!(read(r#"{"name":"a","child":{"name":"Jane","new":[{}],"age":30}}"#), Ok(expected));
        for json in [r#"{"child":{"age":30}}"#, r#"{"child":{"name":[]}}"#, r#"{"child":[]}"#, r#"{"child":{"name":"#] {
            read::<Sample>(json).expect_err(json);
        }
    }

    #[test]
    fn collects_unknown_fields() {
        let row: Row = read(r#"{"channel":"Email","plain":1,"id":7,"new":{"a":[]},"on":true}"#).expect("valid JSON");
        let expected = [("channel", "Email"), ("id", "7")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(row, Row { plain: Some(1), rest: expected.into() });
        let untyped: Untyped = read(r#"{"a":null,"b":[1]}"#).expect("valid JSON");
        assert_eq!(untyped.rest, [("a".to_owned(), Value::Null), ("b".to_owned(), json!([1]))].into());
    }

    #[test]
    fn reads_a_struct_like_its_only_field() {
        assert_eq!(read("{}"), Ok(Page { items: Vec::new() }));
        assert_eq!(read(r#"[{"name":"a"}]"#), Ok(Page { items: vec![Child { name: "a".to_owned(), age: None }] }));
    }
}
