//! URL-encoded forms, and names such as `data[items][][price]`, which Rails reads as objects and lists.

use form_urlencoded::parse as pairs;
use serde_json::{Map, Value};

use super::{MAX_VALUES, too_many_values};
use crate::call::{ApiError, require};

const MAX_DEPTH: usize = 20;

/// Parses a form. All values are strings.
pub(super) fn parse(bytes: &[u8]) -> Result<Map<String, Value>, ApiError> {
    let fields: Vec<_> = pairs(bytes).collect();
    require(fields.iter().map(|(name, _)| count_values(name)).sum::<usize>() <= MAX_VALUES, too_many_values())?;
    let has_replacement = |text: &str| text.contains(char::REPLACEMENT_CHARACTER);
    if let Some((name, _)) = fields.iter().find(|(name, value)| has_replacement(name) || has_replacement(value))
        && !bytes.windows(9).any(|window| window.eq_ignore_ascii_case(b"%EF%BF%BD"))
    {
        return Err(not_utf8(name));
    }
    let mut arguments = Map::new();
    for (name, value) in fields {
        insert(&mut arguments, &name, value.into_owned())?;
    }
    Ok(arguments)
}

/// Returns an upper bound on the number of values that a field adds: its own value, and the objects and arrays in its name.
pub(super) fn count_values(name: &str) -> usize {
    1 + name.matches('[').count()
}

pub(super) fn not_utf8(name: &str) -> ApiError {
    ApiError::bad_request(format!("The field `{name}` of the form is not encoded in UTF-8."))
}

/// Stores a field under its name, in which brackets select a member of an object and empty brackets append to a list.
pub(crate) fn insert(arguments: &mut Map<String, Value>, name: &str, value: String) -> Result<(), ApiError> {
    let (key, path) = split(name);
    let conflict =
        || ApiError::bad_request(format!("The form uses `{key}` both as a single value and as a list or object."));
    let slot = arguments.entry(key).or_insert(Value::Null);
    store(slot, &path, value).ok_or_else(conflict)
}

/// Splits a name at its brackets. A name with unbalanced brackets has no path.
fn split(name: &str) -> (&str, Vec<&str>) {
    let nested = name.split_once('[').filter(|(key, _)| !key.is_empty());
    let path = nested.and_then(|(key, rest)| Some((key, rest.strip_suffix(']')?.split("][").collect::<Vec<_>>())));
    let is_valid = |path: &[&str]| path.len() <= MAX_DEPTH && !path.iter().any(|part| part.contains(['[', ']']));
    path.filter(|(_, path)| is_valid(path)).unwrap_or((name, Vec::new()))
}

/// Stores a value at a path. Returns `None` if another field uses the path in a different way.
fn store(slot: &mut Value, path: &[&str], value: String) -> Option<()> {
    match path {
        [] if slot.is_object() || slot.is_array() => return None,
        [] => *slot = value.into(),
        ["", rest @ ..] => {
            if slot.is_null() {
                *slot = Value::Array(Vec::new());
            }
            let items = slot.as_array_mut()?;
            // A name that the last object already has begins a new object.
            let continues = !rest.is_empty() && items.last().is_some_and(|last| last.is_object() && !has(last, rest));
            if !continues {
                items.push(Value::Null);
            }
            store(items.last_mut()?, rest, value)?;
        }
        [key, rest @ ..] => {
            if slot.is_null() {
                *slot = Value::Object(Map::new());
            }
            store(slot.as_object_mut()?.entry(*key).or_insert(Value::Null), rest, value)?;
        }
    }
    Some(())
}

fn has(value: &Value, path: &[&str]) -> bool {
    match path {
        [] => true,
        [key, rest @ ..] => !key.is_empty() && value.get(key).is_some_and(|value| has(value, rest)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_nested_names_like_rails() {
        for (form, expected) in [
            ("", json!({})),
            ("a=1&b=x+y", json!({ "a": "1", "b": "x y" })),
            ("a=1&a=2", json!({ "a": "2" })),
            ("data[email]=a%40example.com&data%5Bn%5D=1", json!({ "data": { "email": "a@example.com", "n": "1" } })),
            ("a[]=1&a[]=2", json!({ "a": ["1", "2"] })),
            ("i[][p]=1&i[][t]=x&i[][p]=2&i[][t]=y", json!({ "i": [{ "p": "1", "t": "x" }, { "p": "2", "t": "y" }] })),
            ("i[][t][]=1&i[][t][]=2&i[][p]=3", json!({ "i": [{ "t": ["1", "2"], "p": "3" }] })),
            ("a[b][c][d]=1&a[b][e]=2", json!({ "a": { "b": { "c": { "d": "1" }, "e": "2" } } })),
            ("a[b=1&[c]=2&d]=3", json!({ "a[b": "1", "[c]": "2", "d]": "3" })),
        ] {
            assert_eq!(parse(form.as_bytes()).map(Value::from), Ok(expected), "{form}");
        }
    }

    #[test]
    fn rejects_conflicts_and_other_encodings() {
        for (form, message) in [
            ("data=1&data[a]=2", "The form uses `data` both as a single value and as a list or object."),
            ("data[]=1&data[a]=2", "The form uses `data` both as a single value and as a list or object."),
            ("data[name]=caf%E9", "The field `data[name]` of the form is not encoded in UTF-8."),
        ] {
            assert_eq!(parse(form.as_bytes()).unwrap_err().message, message, "{form}");
        }
        assert!(parse(b"a=%EF%BF%BD").is_ok());
    }

    #[test]
    fn limits_the_number_of_values() {
        let parse = |count: usize| parse("a[][][][]=1&".repeat(count).as_bytes());
        assert!(parse(MAX_VALUES / 5).is_ok());
        assert_eq!(parse(MAX_VALUES / 5 + 1), Err(too_many_values()), "arrays count too");
    }
}
