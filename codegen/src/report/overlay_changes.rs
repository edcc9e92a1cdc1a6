//! Finds the nodes of a document that were changed by an overlay action.

use serde_json::Value;

use crate::source::document::child;

/// A node that was changed by an overlay action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OverlayChange {
    pub(crate) pointer: String,
    pub(crate) old: Option<Value>,
    pub(crate) new: Option<Value>,
}

/// Returns the outermost nodes in which two values differ.
pub(crate) fn changes(old: Option<&Value>, new: Option<&Value>, pointer: &str) -> Vec<OverlayChange> {
    if old == new {
        return Vec::new();
    }
    let mut children: Vec<(String, Option<&Value>, Option<&Value>)> = Vec::new();
    match (old, new) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            let keys = old.keys().chain(added);
            children.extend(keys.map(|key| (child(pointer, key), old.get(key), new.get(key))));
        }
        // An overlay action either appends to a list or removes items from it.
        (Some(Value::Array(old)), Some(Value::Array(new))) if new.len() >= old.len() => {
            let items = new.iter().enumerate();
            children.extend(items.map(|(index, item)| (format!("{pointer}/{index}"), old.get(index), Some(item))));
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) if new.iter().all(|item| old.contains(item)) => {
            let removed = old.iter().enumerate().filter(|(_, item)| !new.contains(item));
            children.extend(removed.map(|(index, item)| (format!("{pointer}/{index}"), Some(item), None)));
        }
        _ => return vec![OverlayChange { pointer: pointer.to_owned(), old: old.cloned(), new: new.cloned() }],
    }
    children.into_iter().flat_map(|(pointer, old, new)| changes(old, new, &pointer)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_the_outermost_differences() {
        let old = json!({"a": {"b": 1, "c": [1]}, "d": true, "f": [1, 2, 3]});
        let new = json!({"a": {"b": 2, "c": [1, 3]}, "e": null, "f": [1, 3]});
        let found = changes(Some(&old), Some(&new), "");
        let found: Vec<_> =
            found.iter().map(|change| (change.pointer.as_str(), change.old.clone(), change.new.clone())).collect();
        let expected = [
            ("/a/b", Some(json!(1)), Some(json!(2))),
            ("/a/c/1", None, Some(json!(3))),
            ("/d", Some(json!(true)), None),
            ("/f/1", Some(json!(2)), None),
            ("/e", None, Some(json!(null))),
        ];
        assert_eq!(found, expected);
    }
}
