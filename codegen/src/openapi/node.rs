//! A value in a document, with its JSON pointer, which is used to locate errors.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::openapi::schema::DEEPEST;
use crate::source::document::{child, unescape};
use crate::{Diagnostic, Result};

/// A value in a document, with its JSON pointer.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) value: &'a Value,
    pub(crate) pointer: String,
    root: &'a Value,
}

impl<'a> Node<'a> {
    /// Creates the root node of a document.
    pub(crate) fn root(root: &'a Value) -> Self {
        Self { value: root, pointer: String::new(), root }
    }

    /// Returns the node at a pointer.
    pub(crate) fn at(root: &'a Value, pointer: &str) -> Option<Self> {
        root.pointer(pointer).map(|value| Self { value, pointer: pointer.to_owned(), root })
    }

    /// Returns the root node of the document.
    pub(crate) fn document(&self) -> Node<'a> {
        Node::root(self.root)
    }

    /// Creates an error about this node.
    pub(crate) fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(message).at(&self.pointer)
    }

    /// Creates a warning about this node.
    pub(crate) fn warning(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::warning(message).at(&self.pointer)
    }

    /// Creates a note that this node is left out of the bindings.
    pub(crate) fn left_out(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::left_out(message).at(&self.pointer).part(&self.pointer)
    }

    /// Returns the node under a key.
    pub(crate) fn get(&self, key: &str) -> Option<Node<'a>> {
        self.value.as_object()?.get(key).map(|value| self.step(key, value))
    }

    /// Returns the node under a required key, or an error if the key is missing.
    pub(crate) fn need(&self, key: &str) -> Result<Node<'a>> {
        self.object()?;
        self.get(key).ok_or_else(|| self.error(format!("`{key}` is missing")).help(format!("add `{key}`")))
    }

    /// Returns the entries, or an error if this node is not an object.
    pub(crate) fn object(&self) -> Result<&'a Map<String, Value>> {
        self.value.as_object().ok_or_else(|| self.unexpected("an object"))
    }

    /// Returns the entries as nodes, or an error if this node is not an object.
    pub(crate) fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>> {
        Ok(self.object()?.iter().map(|(key, value)| (key.as_str(), self.step(key, value))).collect())
    }

    /// Returns the items, or an error if this node is not an array.
    pub(crate) fn items(&self) -> Result<Vec<Node<'a>>> {
        let items = self.value.as_array().ok_or_else(|| self.unexpected("an array"))?;
        Ok(items.iter().enumerate().map(|(index, value)| self.step(&index.to_string(), value)).collect())
    }

    /// Returns the path items of a document with their paths. Skips extensions.
    pub(crate) fn path_items(&self) -> Result<Vec<(&'a str, Node<'a>)>> {
        let items = self.need("paths")?.entries()?;
        Ok(items.into_iter().filter(|(path, _)| !path.starts_with("x-")).collect())
    }

    /// Returns the entries of the object under a key, or an empty list if the key is absent.
    pub(crate) fn entries_of(&self, key: &str) -> Result<Vec<(&'a str, Node<'a>)>> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| node.entries())
    }

    /// Returns the items of the array under a key, or an empty list if the key is absent.
    pub(crate) fn items_of(&self, key: &str) -> Result<Vec<Node<'a>>> {
        self.get(key).map_or_else(|| Ok(Vec::new()), |node| node.items())
    }

    /// Returns the parameters of a path item or an operation. Skips null items: some documents contain them, and `Isolated`
    /// replaces each parameter that it leaves out with null.
    pub(crate) fn parameters(&self) -> Result<Vec<Node<'a>>> {
        Ok(self.items_of("parameters")?.into_iter().filter(|item| !item.value.is_null()).collect())
    }

    /// Returns the string, or an error if this node is not a string.
    pub(crate) fn text(&self) -> Result<&'a str> {
        self.value.as_str().ok_or_else(|| self.unexpected("a string"))
    }

    /// Returns the string under a key, if the key is present.
    pub(crate) fn text_of(&self, key: &str) -> Result<Option<&'a str>> {
        self.get(key).map(|node| node.text()).transpose()
    }

    /// Returns the boolean under a key, or `false` if the key is absent.
    pub(crate) fn flag_of(&self, key: &str) -> Result<bool> {
        let Some(node) = self.get(key) else { return Ok(false) };
        node.value.as_bool().ok_or_else(|| node.unexpected("true or false"))
    }

    /// Follows references until the node is not a reference.
    pub(crate) fn follow(&self) -> Result<Node<'a>> {
        let mut here = self.clone();
        let mut seen = HashSet::new();
        while let Some(reference) = here.get("$ref") {
            if !seen.insert(here.pointer.clone()) {
                return Err(reference
                    .error("the reference is circular")
                    .help("change the reference to point to a definition"));
            }
            if seen.len() > DEEPEST {
                let error = self.error(format!("the chain of references has more than {DEEPEST} links"));
                return Err(error.help("refer to the definition directly"));
            }
            here = reference.target()?;
        }
        Ok(here)
    }

    /// Follows references, and returns an error if they don't lead to an object.
    pub(crate) fn follow_object(&self) -> Result<Node<'a>> {
        let found = self.follow()?;
        found.object()?;
        Ok(found)
    }

    /// Follows references until the node is not a reference. An `allOf` with a single schema counts as a reference if only
    /// annotations are next to it.
    pub(crate) fn unframed(&self) -> Result<Node<'a>> {
        const SAYS: [&str; 6] = ["type", "enum", "x-extensible-enum", "properties", "oneOf", "anyOf"];
        let mut here = self.follow()?;
        // The number of steps is limited because of cycles, which are reported by a later check.
        for _ in 0..DEEPEST {
            match here.items_of("allOf")?.as_slice() {
                [only] if SAYS.iter().all(|key| here.value.get(*key).is_none()) => here = only.follow()?,
                _ => break,
            }
        }
        Ok(here)
    }

    /// Returns the last step of the pointer, unescaped.
    pub(crate) fn key(&self) -> String {
        let last = self.pointer.rsplit('/').next().unwrap_or_default();
        unescape(last)
    }

    /// Creates an error about a value of the wrong type.
    pub(crate) fn unexpected(&self, expected: &str) -> Diagnostic {
        let found = match self.value {
            Value::Null => "null".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Number(value) => format!("the number {value}"),
            Value::String(_) => "a string".to_owned(),
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        self.error(format!("expected {expected}, found {found}")).help(format!("replace it with {expected}"))
    }

    /// Returns a node with the same value and another pointer.
    pub(crate) fn with_pointer(&self, pointer: String) -> Node<'a> {
        Node { pointer, ..self.clone() }
    }

    /// Returns a node that accepts any value, at the same pointer as this node.
    pub(crate) fn untyped(&self) -> Node<'a> {
        static ANY: Value = Value::Null;
        Node { value: &ANY, ..self.clone() }
    }

    /// Returns whether this node was created by [`untyped`](Self::untyped).
    pub(crate) fn is_untyped(&self) -> bool {
        self.value.is_null()
    }

    fn step(&self, key: &str, value: &'a Value) -> Node<'a> {
        Node { value, pointer: child(&self.pointer, key), root: self.root }
    }

    /// Returns the node to which this node refers. This node must be the value of a `$ref`.
    fn target(&self) -> Result<Node<'a>> {
        let text = self.text()?;
        let dangling = |why: &str| self.error(format!("the reference `{text}` {why}"));
        let Some(pointer) = local(text) else {
            let help = "bundle the files into one document; for `../schemas.yaml`, add the schema to spec/schemas.yaml";
            return Err(dangling("points outside the document").help(help));
        };
        match self.root.pointer(&pointer) {
            Some(value) if pointer.starts_with('/') => Ok(Node { value, pointer, root: self.root }),
            _ => Err(dangling("does not resolve").help("define the target or correct the reference")),
        }
    }
}

/// Returns the JSON pointer in a reference, or `None` if the reference points outside the document.
pub(crate) fn local(reference: &str) -> Option<String> {
    let pointer = reference.strip_prefix('#')?;
    Some(percent_encoding::percent_decode_str(pointer).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn follows_references() {
        let root = json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c~1d"}, "c/d": {"type": "string"}});
        let node = Node::root(&root).get("a").unwrap().follow().unwrap();
        assert_eq!((node.pointer.as_str(), node.key().as_str()), ("/c~1d", "c/d"));
    }

    #[test]
    fn reports_the_location_of_a_bad_reference() {
        for (reference, complaint) in [
            (json!("#/missing"), "does not resolve"),
            (json!("other.yaml#/a"), "points outside the document"),
            (json!("#components/a"), "does not resolve"),
            (json!("#/a"), "is circular"),
            (json!(7), "expected a string, found the number 7"),
        ] {
            let root = json!({"a": {"$ref": reference}});
            let error = Node::root(&root).get("a").unwrap().follow().unwrap_err();
            assert!(error.to_string().contains(complaint), "{error}");
            assert_eq!(error.pointer.as_deref(), Some("/a/$ref"));
        }
    }
}
