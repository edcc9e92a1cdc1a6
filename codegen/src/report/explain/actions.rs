//! What the overlay's actions did to one operation: each is applied alone, and the places before and after it are compared.

use serde_json::Value;

use super::{Action, Change, Reach, Stages};
use crate::Result;
use crate::describe::overlay::steps;
use crate::source::document::child;

/// The actions that changed a place within reach, in the order of the overlay.
pub(super) fn actions(stages: &Stages, reach: &Reach) -> Result<Vec<Action>> {
    let mut document = stages.inferred.clone();
    let (mut found, described) = (Vec::new(), &stages.complete.document.value);
    steps(&mut document, &stages.complete.overlay, |applied, before, after| {
        let mut changes = Vec::new();
        for root in reach.roots() {
            compare(before.pointer(root), after.pointer(root), root, &mut changes);
        }
        // `reconcile` removes fields of some matches from the document.
        changes.retain(|change| change.new.is_none() || described.pointer(&change.pointer).is_some());
        if !changes.is_empty() {
            found.push(Action { target: applied.target.clone(), line: applied.line, changes });
        }
    })?;
    Ok(found)
}

/// What the overlay took away from the whole document: the pointer, and the line of the action.
pub(crate) fn removed(stages: &Stages) -> Result<Vec<(String, Option<usize>)>> {
    let mut document = stages.inferred.clone();
    let mut found = Vec::new();
    steps(&mut document, &stages.complete.overlay, |applied, before, after| {
        let mut changes = Vec::new();
        compare(Some(before), Some(after), "", &mut changes);
        let removed = changes.into_iter().filter(|change| change.new.is_none());
        found.extend(removed.map(|change| (change.pointer, applied.line)));
    })?;
    Ok(found)
}

/// Collects the places at which two values differ, the outermost ones.
fn compare(before: Option<&Value>, after: Option<&Value>, pointer: &str, changes: &mut Vec<Change>) {
    if before == after {
        return;
    }
    if let (Some(Value::Object(old)), Some(Value::Object(new))) = (before, after) {
        let added = new.keys().filter(|key| !old.contains_key(*key));
        for key in old.keys().chain(added) {
            compare(old.get(key), new.get(key), &child(pointer, key), changes);
        }
        return;
    }
    if let (Some(Value::Array(old)), Some(Value::Array(new))) = (before, after)
        && (new.len() == old.len() || new.starts_with(old))
    {
        for (index, item) in new.iter().enumerate() {
            compare(old.get(index), Some(item), &format!("{pointer}/{index}"), changes);
        }
        return;
    }
    if let (Some(Value::Array(old)), Some(Value::Array(new))) = (before, after)
        && new.iter().all(|item| old.contains(item))
    {
        for (index, item) in old.iter().enumerate().filter(|(_, item)| !new.contains(item)) {
            compare(Some(item), None, &format!("{pointer}/{index}"), changes);
        }
        return;
    }
    let text = |value: Option<&Value>| value.map(Value::to_string);
    changes.push(Change { pointer: pointer.to_owned(), old: text(before), new: text(after) });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let old = json!({"a": {"b": 1, "c": [1]}, "d": true, "f": [1, 2, 3]});
        let new = json!({"a": {"b": 2, "c": [1, 3]}, "e": null, "f": [1, 3]});
        let mut changes = Vec::new();
        compare(Some(&old), Some(&new), "", &mut changes);
        let told: Vec<_> = changes
            .iter()
            .map(|change| (change.pointer.as_str(), change.old.as_deref(), change.new.as_deref()))
            .collect();
        let expected = [
            ("/a/b", Some("1"), Some("2")),
            ("/a/c/1", None, Some("3")),
            ("/d", Some("true"), None),
            ("/f/1", Some("2"), None),
            ("/e", None, Some("null")),
        ];
        assert_eq!(told, expected);
    }
}
