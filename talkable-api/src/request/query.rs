//! Queries with parameters that have a style of their own.
//!
//! Most queries contain only scalars and lists, which `serde_html_form` writes as `name=value` pairs. The styles of OpenAPI that
//! it does not support are written here, from the JSON of the query.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use super::form::{self, Entries, Value};
use super::path::encode;

/// How a query parameter is written. A parameter without a style is written as `name=value`, or as one such pair per item of a
/// list.
#[derive(Clone, Copy, Debug)]
pub enum QueryStyle {
    /// `form` with `explode: true`: each property of an object becomes a parameter, as in `a=1&b=2`.
    Exploded,
    /// `form`, `spaceDelimited` or `pipeDelimited` with `explode: false`: the items of a list, or the keys and values of an object,
    /// are joined with this percent-encoded separator, as in `name=1,2`.
    Joined(&'static str),
    /// `deepObject`: objects and lists are written as Rack reads them, as in `name[a]=1&name[b][]=2`.
    Nested,
    /// A parameter with `content` instead of a style: the value is written as JSON.
    Json,
}

/// Writes a query. `styles` contains the parameters that have a style. Returns the reason if a value can't be written in its style.
///
/// Null and empty lists and objects are omitted, as in URI templates (RFC 6570, section 2.3), except for lists in Rack's notation.
pub(super) fn encode_styled(query: &impl Serialize, styles: &[(&str, QueryStyle)]) -> Result<String, &'static str> {
    let json = serde_json::to_string(query).map_err(|_| "does not serialize as JSON")?;
    let Entries(parameters) = serde_json::from_str(&json).map_err(|_| "a query must be an object")?;
    let mut pairs = Pairs(String::new());
    for (name, raw) in parameters {
        let style = styles.iter().find(|(known, _)| *known == name).map(|(_, style)| *style);
        match (style, form::read(raw)) {
            (_, Value::Null) => {}
            (Some(QueryStyle::Json), _) => pairs.push(&name, raw.get()),
            (None | Some(QueryStyle::Exploded | QueryStyle::Joined(_)), Value::Text(text)) => {
                pairs.push(&name, &text);
            }
            (None | Some(QueryStyle::Exploded), Value::List(items)) => {
                scalars(items)?.iter().for_each(|item| pairs.push(&name, item));
            }
            (None, Value::Object(_)) => return Err("a parameter without a style can't be an object"),
            (Some(QueryStyle::Exploded), Value::Object(entries)) => {
                for (key, value) in entries {
                    scalars(vec![value])?.iter().for_each(|value| pairs.push(&key, value));
                }
            }
            (Some(QueryStyle::Joined(separator)), Value::List(items)) => {
                pairs.push_joined(&name, separator, &scalars(items)?)?;
            }
            (Some(QueryStyle::Joined(separator)), Value::Object(entries)) => {
                let mut parts = Vec::new();
                for (key, value) in entries {
                    parts.extend(scalars(vec![value])?.into_iter().flat_map(|value| [Cow::Owned(key.clone()), value]));
                }
                pairs.push_joined(&name, separator, &parts)?;
            }
            (Some(QueryStyle::Nested), _) => pairs.push_fields(name, raw)?,
        }
    }
    Ok(pairs.0)
}

/// The `name=value` pairs of a query.
struct Pairs(String);

impl Pairs {
    fn push(&mut self, name: &str, value: &str) {
        self.begin(name);
        self.0.extend(encode(value));
    }

    fn begin(&mut self, name: &str) {
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.extend(encode(name));
        self.0.push('=');
    }

    /// Writes a list as one value. Fails if an item contains a separator that servers could not distinguish from those between the
    /// items. A comma in an item is percent-encoded, and those between the items are not.
    fn push_joined(&mut self, name: &str, separator: &str, parts: &[Cow<'_, str>]) -> Result<(), &'static str> {
        let encoded: Vec<String> = parts.iter().map(|part| encode(part).to_string()).collect();
        if encoded.iter().any(|part| part.contains(separator)) {
            return Err(form::SEPARATOR_IN_ITEM);
        }
        if !encoded.is_empty() {
            self.begin(name);
            self.0.push_str(&encoded.join(separator));
        }
        Ok(())
    }

    /// Writes a value as the fields of a form, in the notation that Rack reads.
    fn push_fields(&mut self, name: String, raw: &RawValue) -> Result<(), &'static str> {
        let mut fields = Vec::new();
        form::append(&mut fields, name, raw, 0)?;
        for field in fields {
            self.push(&field.name, &field.value);
        }
        Ok(())
    }
}

/// Returns the scalars in a list without its nulls. Fails if the list contains lists or objects.
fn scalars(items: Vec<&RawValue>) -> Result<Vec<Cow<'_, str>>, &'static str> {
    let mut scalars = Vec::with_capacity(items.len());
    for item in items {
        match form::read(item) {
            Value::Null => {}
            Value::Text(text) => scalars.push(text),
            Value::List(_) | Value::Object(_) => {
                return Err("the style of the parameter permits no nested lists or objects");
            }
        }
    }
    Ok(scalars)
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn write(value: &serde_json::Value, style: QueryStyle) -> Option<String> {
        encode_styled(&json!({ "p": value }), &[("p", style)]).ok()
    }

    #[test]
    fn writes_each_style() {
        let (list, object) = (json!(["a b", 2, null, true]), json!({"x": "1&2", "y": 0.5, "z": null}));
        for (style, expected_list, expected_object) in [
            (QueryStyle::Exploded, Some("p=a%20b&p=2&p=true"), Some("x=1%262&y=0.5")),
            (QueryStyle::Joined(","), Some("p=a%20b,2,true"), Some("p=x,1%262,y,0.5")),
            (QueryStyle::Joined("%7C"), Some("p=a%20b%7C2%7Ctrue"), Some("p=x%7C1%262%7Cy%7C0.5")),
            (
                QueryStyle::Nested,
                Some("p%5B%5D=a%20b&p%5B%5D=2&p%5B%5D=&p%5B%5D=true"),
                Some("p%5Bx%5D=1%262&p%5By%5D=0.5"),
            ),
        ] {
            assert_eq!(write(&list, style).as_deref(), expected_list, "{style:?}");
            assert_eq!(write(&object, style).as_deref(), expected_object, "{style:?}");
            assert_eq!(write(&json!("a b"), style).as_deref(), Some("p=a%20b"), "{style:?}");
            assert_eq!(write(&json!(null), style).as_deref(), Some(""), "{style:?}");
            let empty = if matches!(style, QueryStyle::Nested) { "p%5B%5D=" } else { "" };
            assert_eq!(write(&json!([]), style).as_deref(), Some(empty), "{style:?}");
        }
        assert_eq!(write(&json!({"a": [1]}), QueryStyle::Json).as_deref(), Some("p=%7B%22a%22%3A%5B1%5D%7D"));
        assert_eq!(encode_styled(&json!({"a": [1, "x"], "b": 2}), &[]), Ok("a=1&a=x&b=2".to_owned()));
    }

    #[test]
    fn rejects_values_that_a_style_cannot_express() {
        let too_deep = "the style of the parameter permits no nested lists or objects";
        for (value, style, reason) in [
            (json!([[1]]), QueryStyle::Exploded, too_deep),
            (json!({"a": {"b": 1}}), QueryStyle::Exploded, too_deep),
            (json!({"a": [1]}), QueryStyle::Exploded, too_deep),
            (json!([{"a": 1}]), QueryStyle::Joined(","), too_deep),
            (json!(["a b"]), QueryStyle::Joined("%20"), form::SEPARATOR_IN_ITEM),
            (json!([[1]]), QueryStyle::Nested, "a list of lists can't be sent"),
            (json!({"a]": 1}), QueryStyle::Nested, "a nested key must not be empty or contain brackets"),
        ] {
            assert_eq!(encode_styled(&json!({ "p": value }), &[("p", style)]), Err(reason), "{value} {style:?}");
        }
        assert_eq!(encode_styled(&json!({"a": {}}), &[]), Err("a parameter without a style can't be an object"));
        assert_eq!(encode_styled(&json!([]), &[]), Err("a query must be an object"));
    }

    proptest! {
        #[test]
        fn joined_items_survive_a_round_trip(items in prop::collection::vec(".*", 1..5)) {
            let Some(query) = write(&json!(items), QueryStyle::Joined(",")) else { return Ok(()) };
            let value = query.strip_prefix("p=").expect("one parameter");
            let decoded: Vec<_> =
                value.split(',').map(|item| percent_decode_str(item).decode_utf8_lossy().into_owned()).collect();
            prop_assert_eq!(decoded, items);
        }

        #[test]
        fn json_survives_a_round_trip(text in ".*", number: i64) {
            let value = json!({"text": text, "list": [number, null]});
            let query = write(&value, QueryStyle::Json).expect("any JSON can be written");
            let json = percent_decode_str(query.strip_prefix("p=").expect("one parameter")).decode_utf8_lossy().into_owned();
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&json).expect("JSON"), value);
        }
    }
}
