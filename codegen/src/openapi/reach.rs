//! Finds the nodes that belong to an operation: the operation itself, the parameters of its path, and everything to which they
//! refer.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::openapi::walk::references;

/// The pointers to a set of nodes. Each node includes everything below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach(pub(crate) BTreeSet<String>);

impl Reach {
    /// Finds the nodes that belong to an operation, given the operation's pointer.
    pub(crate) fn new(document: &Value, operation: &str) -> Self {
        let path = operation.rsplit_once('/').map_or("", |(path, _)| path);
        let mut reach = Self::default();
        reach.extend(document, vec![operation.to_owned(), format!("{path}/parameters")]);
        reach
    }

    /// Adds nodes and everything to which they refer.
    pub(crate) fn extend(&mut self, document: &Value, mut pointers: Vec<String>) {
        while let Some(pointer) = pointers.pop() {
            let Some(value) = document.pointer(&pointer) else { continue };
            if self.0.insert(pointer) {
                references(value, &mut pointers);
            }
        }
    }

    pub(crate) fn contains(&self, pointer: &str) -> bool {
        self.0.iter().any(|root| is_within(pointer, root))
    }
}

/// Returns whether `pointer` is equal to `outer` or below it.
pub(crate) fn is_within(pointer: &str, outer: &str) -> bool {
    pointer.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn follows_references_and_excludes_neighbors() {
        let document = json!({
            "paths": {"/a": {"parameters": [{"$ref": "#/components/parameters/p"}], "get": {"$ref": "#/components/schemas/a"},
                "post": {}}},
            "components": {"parameters": {"p": {}}, "schemas": {"a": {"x": {"$ref": "#/components/schemas/b"}}, "b": {}, "ab": {}}},
        });
        let reach = Reach::new(&document, "/paths/~1a/get");
        for (pointer, expected) in [
            ("/paths/~1a/get/responses", true),
            ("/paths/~1a/post", false),
            ("/components/parameters/p", true),
            ("/components/schemas/b/type", true),
            ("/components/schemas/ab", false),
        ] {
            assert_eq!(reach.contains(pointer), expected, "{pointer}");
        }
    }
}
