//! Unions in which one property of an object names the variant, and another property contains its value.
//!
//! Generated code declares an enum, and passes its variants to `tagged_enum!`:
//!
//! ```text
//! tagged_enum!(NewOrigin {
//!     tag "type", content "data", Purchase = "Purchase", Event = "Event"
//! } else Unknown);
//! ```

/// Implements `Deserialize` and [`FromJson`](super::FromJson). A value with another tag becomes the variant after `else`, or an
/// error if there is no such variant.
#[allow(unused_macros, reason = "unused if the documents have no tagged unions")]
macro_rules! tagged_enum {
    ($name:ident { tag $tag:literal, content $content:literal, $($variant:ident = $wire:literal),+ } $(else $unknown:ident)?) => {
        $crate::decode::union_enum!(@read $name);
        impl $crate::decode::Union for $name {
            fn from_value(value: serde_json::Value) -> Result<Self, String> {
                $(if value.get($tag).is_some_and(|tag| tag == $wire) {
                    let content = value.get($content).ok_or_else(|| concat!("missing field `", $content, "`").to_owned())?;
                    return $crate::decode::read_variant(content, concat!("/", $content).to_owned()).map(Self::$variant);
                })+
                $crate::decode::tagged_enum!(@rest value $tag $($unknown)?)
            }
        }
    };
    (@rest $value:ident $tag:literal) => {
        Err(if $value.is_object() {
            concat!("`", $tag, "` names none of the variants").to_owned()
        } else {
            "expected an object".to_owned()
        })
    };
    (@rest $value:ident $tag:literal $unknown:ident) => {
        Ok(Self::$unknown($value))
    };
}
#[allow(unused_imports, reason = "unused if the documents have no tagged unions")]
pub(crate) use tagged_enum;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[derive(Debug, PartialEq)]
    enum Known {
        Count(i64),
        Names(Vec<String>),
    }
    tagged_enum!(Known { tag "type", content "data", Count = "count", Names = "names" });

    #[derive(Debug, PartialEq)]
    enum Open {
        Count(i64),
        Unknown(Value),
    }
    tagged_enum!(Open { tag "type", content "data", Count = "count" } else Unknown);

    #[test]
    fn the_tag_selects_the_variant() {
        let read = |json: &str| serde_json::from_str::<Known>(json).map_err(|error| error.to_string());
        assert_eq!(read(r#"{"data":"7","new":1,"type":"count"}"#), Ok(Known::Count(7)));
        assert_eq!(read(r#"{"type":"names","data":["a"]}"#), Ok(Known::Names(vec!["a".to_owned()])));
        for (json, reason) in [
            (r#"{"type":"count"}"#, "missing field `data`"),
            (
                r#"{"type":"count","data":[]}"#,
                "invalid type: sequence, expected an integer as a number or a string at `/data`",
            ),
            (r#"{"type":"size","data":7}"#, "`type` names none of the variants"),
            (r#"["count",7]"#, "expected an object"),
        ] {
            let error = read(json).expect_err(json);
            assert!(error.starts_with(reason), "{error}");
        }
    }

    #[test]
    fn keeps_values_with_an_unknown_tag() {
        let read = |value: Value| serde_json::from_value::<Open>(value).expect("any value");
        assert_eq!(read(json!({"type": "count", "data": 7})), Open::Count(7));
        for value in [json!({"type": "size", "data": 7}), json!({}), json!(["count", 7]), Value::Null] {
            assert_eq!(read(value.clone()), Open::Unknown(value));
        }
    }
}
