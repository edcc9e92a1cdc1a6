//! What an operation reaches: itself, the parameters of its path, and all that its references lead to.

use std::collections::BTreeSet;

use serde_json::Value;

/// The pointers of the places that belong to an operation, each with all that is below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reach(BTreeSet<String>);

impl Reach {
    /// Whether a place belongs to the operation.
    pub(crate) fn holds(&self, pointer: &str) -> bool {
        self.0
            .iter()
            .any(|root| pointer.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// The places of both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The places themselves.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }
}

/// What an operation reaches in a document.
pub(crate) fn reach(document: &Value, operation: &str) -> Reach {
    let path = operation.rsplit_once('/').map_or("", |(path, _)| path);
    let mut found = BTreeSet::new();
    let mut waiting = vec![operation.to_owned(), format!("{path}/parameters")];
    while let Some(pointer) = waiting.pop() {
        let Some(value) = document.pointer(&pointer) else { continue };
        if found.insert(pointer) {
            targets(value, &mut waiting);
        }
    }
    Reach(found)
}

fn targets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            let target = entries.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
            found.extend(target.map(str::to_owned));
            entries.values().for_each(|inner| targets(inner, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| targets(inner, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_followed_and_neighbors_are_not() {
        let document = json!({
            "paths": {"/a": {"parameters": [{"$ref": "#/components/parameters/p"}], "get": {"$ref": "#/components/schemas/a"},
                "post": {}}},
            "components": {"parameters": {"p": {}}, "schemas": {"a": {"x": {"$ref": "#/components/schemas/b"}}, "b": {}, "ab": {}}},
        });
        let reach = reach(&document, "/paths/~1a/get");
        for (pointer, expected) in [
            ("/paths/~1a/get/responses", true),
            ("/paths/~1a/post", false),
            ("/components/parameters/p", true),
            ("/components/schemas/b/type", true),
            ("/components/schemas/ab", false),
        ] {
            assert_eq!(reach.holds(pointer), expected, "{pointer}");
        }
    }
}
